# SPDX-License-Identifier: AGPL-3.0-or-later
"""How full a space is, by the levels that its referents are told of. A missing measure says nothing."""

from __future__ import annotations

LEVELS = (75, 100)
# A level is left only well below it, so that a space that hovers around it is not told of every night.
BELOW = 5


def levels_reached(used: int | None, quota: int | None) -> set[int]:
    """Return the levels that a use reaches, both in bytes; none without a measure or a limit."""
    if used is None or quota is None:
        return set()
    return {level for level in LEVELS if used * 100 >= level * quota and used > 0}


def levels_left(used: int | None, quota: int | None) -> set[int]:
    """Return the levels a use is well below; none without a measure, all without a limit."""
    if quota is None:
        return set(LEVELS)
    if used is None:
        return set()
    return {level for level in LEVELS if used * 100 < (level - BELOW) * quota or used == 0}
