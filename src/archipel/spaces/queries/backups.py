# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of back-ups: where copies of spaces are, of when, and whether they were tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from archipel.kernel import clock
from archipel.kernel.today import TodayLine
from archipel.machines.models import BackupPlace
from archipel.machines.queries import open_places
from archipel.procedures import queries as procedures
from archipel.procedures.models import Procedure
from archipel.spaces.models import Backup, Drill, LastCopy, Space

STALE = timedelta(days=2)
ROWS = 30
# Above that many spaces left behind, something else is wrong than each of them.
TOLD_ONE_BY_ONE = 5


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


@dataclass(frozen=True)
class BackupsView:
    """The copies of one space for the desk: where it is kept, the latest copies and tries, the latest drills.

    ``can``: the host has declared a place that is open, so the space can be copied now.
    """

    can: bool
    copies: list[CopySeen]
    problems: list[tuple[str, str]]
    rows: list[Backup]
    drills: list[Drill]
    restoring: Procedure | None


def backups_view(space: Space) -> BackupsView:
    """Return the copies of a space, in six queries."""
    places = LastCopy.objects.filter(space=space, place__closed_at=None).exclude(problem="")
    rows = Backup.objects.filter(space=space).select_related("place").order_by("-taken_at", "-pk")
    drills = Drill.objects.filter(backup__space=space).select_related("backup__place").order_by("-at", "-pk")
    return BackupsView(
        can=bool(open_places()),
        copies=copies_of([space])[space.pk],
        problems=list(places.order_by("place__name").values_list("place__name", "problem")),
        rows=list(rows[:ROWS]),
        drills=list(drills[:10]),
        restoring=procedures.of("space", space.public_id, kind="spaces.restore_backup"),
    )


def drills_newest_first() -> QuerySet[Drill]:
    """Return the drills with what was tried, newest first."""
    return Drill.objects.select_related("backup__space", "backup__place").order_by("-at", "-pk")


@dataclass(frozen=True)
class Safety:
    """What the people of a space read of its back-ups: when it was last copied, in how many places, last restored as a test."""

    last_at: datetime | None
    places: int
    drilled_at: datetime | None


def safety_of(space: Space) -> Safety | None:
    """Return what is said of the back-ups of a space; None where the host keeps none."""
    found = copies_of([space])[space.pk]
    if not found:
        return None
    kept = [copy for copy in found if copy.last_at]
    drills = LastCopy.objects.filter(space=space, drill_ok=True).order_by("-drilled_at")
    return Safety(
        last_at=max((copy.last_at for copy in kept if copy.last_at), default=None),
        places=len(kept),
        drilled_at=drills.values_list("drilled_at", flat=True).first(),
    )


def backup_lines(limit: int = 100) -> list[TodayLine]:
    """Return what back-ups need of a human of the host: nothing kept anywhere, spaces left behind, drills that failed.

    A place that fails is a line of its own (``machines``): its spaces are not told one by one.
    """
    places = open_places()
    if not places:
        return _nothing_kept()
    lines = [line for place in places if not place.problem_since for line in _left_behind(place)]
    return [*lines, *_failed_drills(limit)]


def _nothing_kept() -> list[TodayLine]:
    oldest = Space.objects.filter(state="open", opened_at__lt=clock.now() - STALE).exclude(connector="")
    first = oldest.order_by("opened_at").first()
    if first is None or first.opened_at is None:
        return []
    return [
        _line(
            first.opened_at + STALE, _("Nothing is backed up"), _("No place for back-ups is declared."),
            _("Declare a place for back-ups"), "/desk/backup-places/", "stop",
        )
    ]  # fmt: skip


def _left_behind(place: BackupPlace) -> list[TodayLine]:
    rows = LastCopy.objects.filter(place=place, fresh_at__lt=clock.now() - STALE, space__state__in=["open", "closing"])
    found = list(rows.select_related("space").order_by("fresh_at", "pk")[: TOLD_ONE_BY_ONE + 1])
    if len(found) > TOLD_ONE_BY_ONE:
        title = _("Many spaces have no back-up of less than two days in “%(place)s”") % {"place": place.name}
        url = f"/desk/backup-places/{place.public_id}/"
        return [_line(found[0].fresh_at + STALE, title, found[0].problem, _("Look at it"), url, "stop")]
    return [
        _line(
            row.fresh_at + STALE,
            _("“%(title)s” has no back-up of less than two days in “%(place)s”")
            % {"title": row.space.title, "place": place.name},
            row.problem,
            _("Look at it"),
            f"/desk/spaces/{row.space.public_id}/backups/",
            "stop",
            row.space.public_id,
        )
        for row in found
    ]


def _failed_drills(limit: int) -> list[TodayLine]:
    rows = Drill.objects.filter(ok=False, seen_at=None).select_related("backup__space", "backup__place")
    return [
        _line(
            drill.at,
            _("A back-up of “%(title)s” could not be restored as a test") % {"title": drill.backup.space.title},
            f"{drill.backup.place.name} · {drill.detail}",
            _("Look at it"),
            f"/desk/spaces/{drill.backup.space.public_id}/backups/",
            "stop",
            drill.public_id,
        )
        for drill in rows.order_by("at", "pk")[:limit]
    ]


def _line(
    since: datetime, title: str, detail: str, act: str, url: str, tone: Literal["stop", "care"], public_id: str = ""
) -> TodayLine:
    return TodayLine(
        since=since, kind="backup", badge=_("Back-ups"), title=title, detail=detail, act=act, url=url,
        verb="operate", tone=tone, public_id=public_id,
    )  # fmt: skip
