# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a card of a choice says: its answer, a line below it, a price beside it."""

from __future__ import annotations

from django.utils.functional import Promise


class Answer(str):
    """The label of a choice, with a ``note`` under it and a ``price`` beside it, both shown as text."""

    note: str | Promise
    price: object

    def __new__(cls, text: object, note: str | Promise = "", price: object = "") -> Answer:
        answer = super().__new__(cls, text)
        answer.note = note
        answer.price = price
        return answer
