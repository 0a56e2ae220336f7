# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of machines: for the desk, for the apps above."""

from __future__ import annotations

from archipel.kernel.today import TodayLine
from archipel.machines.queries.places import open_places, place_by_public_id, place_lines, places_by_name

__all__ = ["open_places", "place_by_public_id", "place_lines", "places_by_name", "today_lines"]


def today_lines(limit: int = 100) -> list[TodayLine]:
    """Return what waits for a human of the host: places for back-ups that fail, keys kept nowhere else."""
    return place_lines(limit)
