# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only source of time. Instants are UTC; days, deadlines and years live in the host's zone.

In the demonstration the clock can be moved forward (never back), so that delays can be lived through; the shift is
kept in a small file of ``ARCHIPEL_DATA`` so that web and worker agree on it.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

_shift_cache: tuple[float, timedelta] = (-1.0, timedelta())


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC) + shift()


def shift() -> timedelta:
    """Return how far the demonstration clock stands ahead; zero outside the demonstration."""
    global _shift_cache
    path = _shift_file()
    if path is None:
        return timedelta()
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta()
    if _shift_cache[0] != changed:
        _shift_cache = (changed, timedelta(seconds=int(path.read_text() or 0)))
    return _shift_cache[1]


def move_forward(by: timedelta) -> datetime:
    """Move the demonstration clock forward and return the new present; ``ValueError`` elsewhere or backwards."""
    path = _shift_file()
    if path is None or by < timedelta():
        raise ValueError("only the demonstration clock moves, and only forward")
    new = shift() + by
    temporary = path.with_suffix(".new")
    temporary.write_text(str(int(new.total_seconds())))
    temporary.replace(path)
    return now()


def _shift_file() -> Path | None:
    return Path(settings.ARCHIPEL_DATA) / "demonstration-clock" if settings.DEMONSTRATION else None


def zone() -> ZoneInfo:
    """Return the host's time zone (setting ``HOST_ZONE``, Europe/Paris unless changed)."""
    return ZoneInfo(settings.HOST_ZONE)


def today() -> date:
    """Return the present day in the host's zone."""
    return now().astimezone(zone()).date()


def day_of(instant: datetime) -> date:
    """Return the day of an instant in the host's zone."""
    return instant.astimezone(zone()).date()


def start_of_day(day: date) -> datetime:
    """Return the first instant of a day in the host's zone, as UTC."""
    return at(day, time())


def end_of_day(day: date) -> datetime:
    """Return the first instant after a day in the host's zone, as UTC (a deadline "until the 15th" included)."""
    return at(day + timedelta(days=1), time())


def at(day: date, hour: time) -> datetime:
    """Return a wall-clock moment of the host's zone as UTC.

    The hour that exists twice (autumn) is its first occurrence; the hour that does not exist (spring) is moved
    forward by the length of the gap, as PEP 495 does with fold 0.
    """
    return datetime.combine(day, hour, tzinfo=zone()).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 28 February in a common year."""
    return add_months(day, 12 * years)
