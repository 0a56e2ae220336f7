# SPDX-License-Identifier: AGPL-3.0-or-later
"""The order of a wave by lot, from what is public; described in ``docs/how-to/verify-a-wave.md``. No table, no clock."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable


def new_seed() -> str:
    """Return 256 random bits as 64 hexadecimal signs."""
    return secrets.token_hex(32)


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def lot_of(seed: str, request_id: str) -> str:
    """Return what a request is sorted by: SHA-256 of the seed followed by its public id."""
    return hash_of(seed + request_id)


def drawn(seed: str, request_ids: Iterable[str]) -> list[str]:
    """Return the public ids in the order the seed gives them."""
    return sorted(request_ids, key=lambda request_id: lot_of(seed, request_id))
