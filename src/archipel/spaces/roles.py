# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles of a space in words that people know; an application may know others, shown as it calls them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

_WORDS: dict[str, str | Promise] = {
    "referent": pgettext_lazy("role in a space", "Looks after it"),
    "member": pgettext_lazy("role in a space", "Takes part"),
    "administrator": pgettext_lazy("role in a space", "Looks after everything"),
    "editor": pgettext_lazy("role in a space", "Writes and corrects what others wrote"),
    "author": pgettext_lazy("role in a space", "Writes and publishes"),
    "contributor": pgettext_lazy("role in a space", "Writes, others publish"),
    "subscriber": pgettext_lazy("role in a space", "Reads"),
}


def role_words(known: dict[str, str], role: str) -> str:
    """Return a role as people read it: by the word the application is told for it, where that has words of its own."""
    word = known.get(role, role)
    return str(_WORDS.get(word) or _WORDS.get(role) or word)


def choices_of(known: dict[str, str]) -> list[tuple[str, str]]:
    """Return the roles a space knows as (role, words), each word of the application once."""
    first: dict[str, str] = {}
    for role, word in known.items():
        first.setdefault(word, role)
    return [(role, role_words(known, role)) for role in first.values()]
