# SPDX-License-Identifier: AGPL-3.0-or-later
"""Dates, durations and sizes in words, in the reader's language and in the host's zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext

from archipel.kernel import clock

SPACE = "\u00a0"
STEP = 1000


def in_french() -> bool:
    """Return whether the page being written is in French."""
    return (get_language() or "fr").startswith("fr")


def hour_in_words(instant: datetime) -> str:
    """Return "10 h 31" or "10:31", in the host's zone; French leaves whole hours bare ("6 h")."""
    local = instant.astimezone(clock.zone())
    if not in_french():
        return f"{local.hour:02d}:{local.minute:02d}"
    minutes = f"{SPACE}{local.minute:02d}" if local.minute else ""
    return f"{local.hour}{SPACE}h{minutes}"


def day_in_words(moment: date, style: str = "") -> str:
    """Return "mardi 24 novembre", with the year when it is not the present one; ``full``: "24 novembre 2026"."""
    day = clock.day_of(moment) if isinstance(moment, datetime) else moment
    number = "1er" if in_french() and day.day == 1 else str(day.day)
    year = f" {day.year}" if style == "full" or day.year != clock.today().year else ""
    weekday = "" if style == "full" else date_format(day, "l") + " "
    return f"{weekday}{number}{SPACE}{date_format(day, 'F')}{year}"


def moment_in_words(instant: datetime) -> str:
    """Return "mardi 24 novembre, 10 h 31"."""
    return f"{day_in_words(instant)}, {hour_in_words(instant)}"


def time_element(instant: datetime) -> SafeString:
    """Return the moment in words, with its machine-readable instant."""
    machine = instant.astimezone(clock.zone()).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', machine, moment_in_words(instant))


def waited_element(instant: datetime) -> SafeString:
    """Return how long ago it was, in its largest whole unit: ``<time datetime="P12D">12 d</time>``."""
    waited = max(timedelta(), clock.now() - instant)
    minutes = int(waited.total_seconds()) // 60
    days, hours = waited.days, minutes // 60
    if days:
        machine, count, unit = f"P{days}D", days, pgettext("unit of time", "d")
    elif hours:
        machine, count, unit = f"PT{hours}H", hours, pgettext("unit of time", "h")
    elif minutes:
        machine, count, unit = f"PT{minutes}M", minutes, pgettext("unit of time", "min")
    else:
        machine, count, unit = "PT0M", 0, ""
    words = f"{count}{SPACE}{unit}" if count else gettext("just now")
    return format_html('<time datetime="{}">{}</time>', machine, words)


def size_in_words(count: int | None) -> str:
    """Return "4,2 Go" or "4.2 GB"; 1 GB is 10^9 bytes, and what was not measured is a dash."""
    if count is None:
        return "—"
    units = ("o", "ko", "Mo", "Go", "To") if in_french() else ("B", "kB", "MB", "GB", "TB")
    amount, rank = Decimal(count), 0
    while abs(amount) >= Decimal("999.95") and rank < len(units) - 1:
        amount, rank = amount / STEP, rank + 1
    rounded = amount.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    decimals = 0 if rounded == rounded.to_integral_value() else 1
    return f"{number_format(rounded, decimals)}{SPACE}{units[rank]}"
