# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read history backwards, a page at a time; nothing is ever counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from archipel.history.models import Entry
from archipel.history.sentences import sentence
from archipel.kernel import clock

PAGE = 20
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True)
class HistoryLine:
    """One entry as it reads in the active language."""

    at: datetime
    sentence: str
    actor: str
    about_kind: str
    about_id: str
    about_label: str
    organisation_id: str
    what: str


@dataclass(frozen=True)
class HistoryPage:
    """Newest first; ``older`` is the cursor of the next page, empty on the last."""

    lines: tuple[HistoryLine, ...]
    older: str


def of_organisation(
    organisation_id: str, *, before: str = "", limit: int = PAGE, for_host: bool = False
) -> HistoryPage:
    """Return what an organisation may read of itself, or all of it for the host."""
    rows = Entry.objects.filter(organisation_id=organisation_id).exclude(organisation_id="")
    return _page(rows if for_host else _shown_to_organisation(rows), before, limit)


def of_object(
    about_kind: str, about_id: str, *, before: str = "", limit: int = PAGE, for_host: bool = True
) -> HistoryPage:
    """Return what happened to one object."""
    rows = Entry.objects.filter(about_kind=about_kind, about_id=about_id)
    return _page(rows if for_host else _shown_to_organisation(rows), before, limit)


def latest_for_host(*, before: str = "", limit: int = PAGE) -> HistoryPage:
    """Return what happened last, anywhere."""
    return _page(Entry.objects.all(), before, limit)


def of_person(person_id: str, *, limit: int = 10_000) -> Iterator[HistoryLine]:
    """Walk what a person did, newest first: for "all my data"."""
    rows = Entry.objects.filter(actor_id=person_id).exclude(actor_id="").order_by("-at", "-id")[:limit]
    return (_line(row) for row in rows.iterator(chunk_size=500))


def rows_for_csv(organisation_id: str, *, for_host: bool = False) -> Iterator[tuple[str, ...]]:
    """Walk an organisation's history as rows of a table, headings first, oldest last."""
    yield (_("When"), _("Who"), _("What"), _("About"))
    rows = Entry.objects.filter(organisation_id=organisation_id).exclude(organisation_id="")
    rows = rows if for_host else _shown_to_organisation(rows)
    for row in rows.order_by("-at", "-id").iterator(chunk_size=500):
        line = _line(row)
        when = row.at.astimezone(clock.zone()).isoformat(timespec="seconds")
        yield (when, line.actor, line.sentence, line.about_label)


def _shown_to_organisation(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    return rows.filter(visible_to=Entry.VisibleTo.ORGANISATION)


def _page(rows: QuerySet[Entry], before: str, limit: int) -> HistoryPage:
    cursor = _read_cursor(before)
    if cursor:
        at, pk = cursor
        # The first condition is implied by the second; it is what lets the index be entered at the right place.
        rows = rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=pk))
    found = list(rows.order_by("-at", "-id")[: limit + 1])
    shown = found[:limit]
    older = _cursor(shown[-1]) if len(found) > limit else ""
    return HistoryPage(tuple(_line(row) for row in shown), older)


def _cursor(row: Entry) -> str:
    return f"{(row.at - EPOCH) // MICROSECOND}_{row.pk}"


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    """Read a cursor; what nobody here wrote is taken for the first page."""
    stamp, _sign, pk = text.partition("_")
    try:
        return EPOCH + int(stamp) * MICROSECOND, int(pk)
    except (ValueError, OverflowError):
        return None


def _line(row: Entry) -> HistoryLine:
    actor = row.actor_label or _("Archipel")
    return HistoryLine(
        at=row.at,
        sentence=sentence(row.what, actor=actor, about=row.about_label, details=row.details),
        actor=actor,
        about_kind=row.about_kind,
        about_id=row.about_id,
        about_label=row.about_label,
        organisation_id=row.organisation_id,
        what=row.what,
    )


def details_of(what: str, about_kind: str, about_id: str) -> list[dict[str, Any]]:
    """Return what was noted with each entry of one kind about one object, as it was written."""
    rows = Entry.objects.filter(what=what, about_kind=about_kind, about_id=about_id)
    return list(rows.values_list("details", flat=True))
