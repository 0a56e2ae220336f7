# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of back-ups: where copies of spaces are, of when, and whether they were tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archipel.kernel import clock
from archipel.spaces.models import LastCopy, Space

STALE = timedelta(days=2)


@dataclass(frozen=True)
class CopySeen:
    """Copies of one space in one place; ``country`` is ISO 3166-1 alpha-2, empty when nobody said where the place is.

    ``ok``: the last copy is less than two days old, and the last drill from there did not fail.
    """

    place: str
    site: str
    country: str
    last_at: datetime | None
    last_drill_at: datetime | None
    ok: bool


def copies_of(spaces: Iterable[Space]) -> dict[int, list[CopySeen]]:
    """Return the copies of each space by its row's number, in one query; an empty list where there are none."""
    found: dict[int, list[CopySeen]] = {space.pk: [] for space in spaces}
    limit = clock.now() - STALE
    rows = LastCopy.objects.filter(space__in=list(found), place__closed_at=None).select_related("place__site")
    for row in rows.order_by("place__name"):
        site = row.place.site
        fresh = row.taken_at is not None and row.taken_at >= limit
        found[row.space_id].append(
            CopySeen(
                place=row.place.name,
                site=site.name if site else "",
                country=site.country if site else "",
                last_at=row.taken_at,
                last_drill_at=row.drilled_at,
                ok=fresh and row.drill_ok is not False,
            )
        )
    return found
