# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words that guessers try first: the frequency lists of zxcvbn, read when the first passphrase is chosen, not before.

Some 94,000 words, 20 MB in a process that has read them (Django's own list is beside, in ``NotCommon``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module

_BARE = re.compile(r"^[\W\d_]+|[\W\d_]+$")


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Return every word of the lists, in small letters."""
    lists = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS  # late: 800 kB of words
    return frozenset(word for words in lists.values() for word in words)


def is_one_common_word(passphrase: str) -> bool:
    """Return whether a passphrase is a common word, alone, with digits and signs around it, or said several times."""
    typed = passphrase.casefold().strip()
    bare = _BARE.sub("", typed)
    return not bare or bool({typed, bare, _once(typed), _once(bare)} & common_words()) or len(_once(typed)) <= 3


def _once(text: str) -> str:
    """Return the shortest piece whose repetition makes a text ("soleilsoleil" → "soleil")."""
    return text[: (text + text).find(text, 1)] if text else text
