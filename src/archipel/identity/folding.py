# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folding of names for searching: what people type rarely has the accents and hyphens of the register."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = re.compile(r"[^a-z0-9@.+_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})


def fold(text: str) -> str:
    """Return lower case without accents, one space between words ("Saint-Émilion" → "saint emilion")."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _BETWEEN.sub(" ", bare).strip()
