# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mail server in memory: what it was handed, and answers prepared for an address. Nothing leaves."""

from __future__ import annotations

from collections import deque

from archipel.mailing.ports import Letter

KEPT = 100


class FakeSender:
    """Fills ``MailSender``. ``answers`` maps an address to the failure it raises, until it is taken out."""

    def __init__(self) -> None:
        self.letters: deque[Letter] = deque(maxlen=KEPT)
        self.answers: dict[str, Exception] = {}

    def send(self, letter: Letter) -> None:
        if letter.to in self.answers:
            raise self.answers[letter.to]
        self.letters.append(letter)
