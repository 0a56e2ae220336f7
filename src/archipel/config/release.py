# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which release this is: the file ``VERSION`` beside the code, written when an image or a release is made."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def release() -> str:
    """Return the release, ``development`` where none was made."""
    try:
        return (Path(__file__).resolve().parents[3] / "VERSION").read_text().strip()
    except FileNotFoundError:
        return "development"
