# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a page or a mail says in French, found by its English: a better French does not break a test."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext, override, pgettext


def said(sentence: str, context: str = "", **values: Any) -> str:
    """Return a sentence in French, spaces as ``pages.text_of`` gives them."""
    with override("fr"):
        words = pgettext(context, sentence) if context else gettext(sentence)
        return plain(words % values if values else words)


def counted(one: str, many: str, count: int, **values: Any) -> str:
    """Return a sentence that counts, in French."""
    with override("fr"):
        return plain(ngettext(one, many, count) % {"count": count, **values})


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")
