# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from decimal import Decimal

import pytest

from archipel.design import pictures


@pytest.mark.parametrize(
    ("value", "maximum", "thousandths"),
    [
        (0, 5, 0),
        (1, 10**9, 1),
        (4_999_999_999, 5_000_000_000, 999),
        (5, 5, 1000),
        (9, 5, 1000),
        (Decimal("2.5"), 5, 500),
        (3, 0, 0),
        (3, None, 0),
        (-1, 5, 0),
    ],
)
def test_gauge_is_filled_in_thousandths(value, maximum, thousandths):
    assert pictures.fill_of(value, maximum) == thousandths


@pytest.mark.parametrize(
    ("done", "total", "drawn"),
    [
        (0, 8, {"x": 150, "wake": "", "way": "M186 112H584"}),
        (5, 8, {"x": 412, "wake": "M132 112H378", "way": "M448 112H584"}),
        (8, 8, {"x": 570, "wake": "M132 112H536", "way": ""}),
        (9, 8, {"x": 570, "wake": "M132 112H536", "way": ""}),
        (0, 0, {"x": 150, "wake": "", "way": "M186 112H584"}),
    ],
)
def test_ship_stands_where_the_steps_are(done, total, drawn):
    assert pictures.crossing_of(done, total) == drawn


def test_chart_names_at_most_five_islands():
    named = pictures.placed_names(["a", "b", "c", "d", "e", "f"])
    assert [name["text"] for name in named] == ["a", "b", "c", "d", "e"]
