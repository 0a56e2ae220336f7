# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures computed from figures: gauge and crossing; whole numbers only, so that no decimal comma breaks an SVG."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Any

GAUGE_WIDTH = 1000
CROSSING_START, CROSSING_LENGTH = 150, 420
# Where the names of the chart of the home page stand, so that none covers another or leaves its island.
NAME_PLACES = ((436, 262), (196, 200), (654, 138), (656, 446), (288, 460))


def fill_of(value: Any, maximum: Any) -> int:
    """Return the filled part of a gauge in thousandths; something is never drawn as nothing, nor an excess outside."""
    if not maximum or value <= 0:
        return 0
    part = int((Decimal(value) * GAUGE_WIDTH / Decimal(maximum)).to_integral_value(rounding=ROUND_DOWN))
    return min(GAUGE_WIDTH, max(1, part))


def crossing_of(done: int, total: int) -> dict[str, int | str]:
    """Return where the ship stands (``x``) and the drawn way behind it (``wake``) and before it (``way``)."""
    done = max(0, min(done, total))
    x = CROSSING_START + (CROSSING_LENGTH * done // total if total else 0)
    return {
        "x": x,
        "wake": f"M132 112H{x - 34}" if x - 34 > 132 else "",
        "way": f"M{x + 36} 112H584" if x + 36 < 584 else "",
    }


def placed_names(names: Iterable[object]) -> list[dict[str, object]]:
    """Return up to five names with the place of their island on the chart."""
    return [{"x": x, "y": y, "text": str(name)} for name, (x, y) in zip(names, NAME_PLACES, strict=False)]
