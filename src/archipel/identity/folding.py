# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folding of names for searching: what people type rarely has the accents and hyphens of the register."""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORD = 80
_INSIDE = re.compile(r"[@.+_]")
_BETWEEN = re.compile(r"[^a-z0-9@.+_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})


def fold(text: str) -> str:
    """Return lower case without accents, one space between words ("Saint-Émilion" → "saint emilion")."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _BETWEEN.sub(" ", bare).strip()


def words_of(text: str) -> list[str]:
    """Return the words that folded text is found by: each, and what follows a sign inside one (an address's domain)."""
    found = {word[start:] for word in text.split() for start in [0, *(sign.end() for sign in _INSIDE.finditer(word))]}
    return sorted({word[:LONGEST_WORD] for word in found if word})
