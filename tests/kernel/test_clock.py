# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from archipel.kernel import clock


def test_day_of_follows_the_host_zone_over_midnight():
    assert clock.day_of(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)


def test_spring_night_has_23_hours():
    day = date(2026, 3, 29)
    assert clock.end_of_day(day) - clock.start_of_day(day) == timedelta(hours=23)


def test_autumn_night_has_25_hours():
    day = date(2026, 10, 25)
    assert clock.end_of_day(day) - clock.start_of_day(day) == timedelta(hours=25)


def test_hour_that_does_not_exist_in_spring_moves_forward():
    assert clock.at(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_hour_that_exists_twice_in_autumn_is_the_first():
    assert clock.at(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_on_the_last_day_when_shorter(day, months, expected):
    assert clock.add_months(day, months) == expected


def test_29_february_is_the_28th_a_year_later():
    assert clock.add_years(date(2028, 2, 29), 1) == date(2029, 2, 28)


def test_demonstration_clock_moves_forward_only(settings, tmp_path):
    settings.ARCHIPEL_DATA, settings.DEMONSTRATION = tmp_path, True
    before = clock.now()
    clock.move_forward(timedelta(days=61))
    assert timedelta(days=61) <= clock.now() - before < timedelta(days=61, minutes=1)
    with pytest.raises(ValueError, match="only forward"):
        clock.move_forward(timedelta(days=-1))


def test_clock_of_a_real_host_does_not_move(settings, tmp_path):
    settings.ARCHIPEL_DATA, settings.DEMONSTRATION = tmp_path, False
    with pytest.raises(ValueError, match="demonstration"):
        clock.move_forward(timedelta(days=1))
