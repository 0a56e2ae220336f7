# SPDX-License-Identifier: AGPL-3.0-or-later
"""Waves as the public and the desk see them: places, order, report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.admissions import draw
from archipel.admissions.choices import REASONS
from archipel.admissions.models import Request, Wave
from archipel.admissions.states import HOLDS_A_PLACE, TO_DECIDE, WAVE_LABELS, WAVE_TONES
from archipel.catalogue import queries as catalogue
from archipel.host.queries import in_language
from archipel.kernel.refusals import NotFound

# A reason that fewer people than this were given could tell who they are.
SMALLEST_SHOWN = 5
SECONDS_A_DAY = 86_400


def wave_by_id(public_id: str) -> Wave:
    """Return a wave that is or was public (``NotFound``)."""
    wave = Wave.objects.select_related("service").filter(public_id=public_id).first()
    if wave is None:
        raise NotFound
    return wave


def name_of(wave: Wave, language: str | None = None) -> str:
    return in_language(wave.names, language).body


def places_taken(waves: Sequence[Wave]) -> dict[int, int]:
    """Return how many places are held by the wave's primary key, with one query."""
    rows = Request.objects.filter(place__in=waves, state__in=HOLDS_A_PLACE).values("place").annotate(count=Count("pk"))
    return {row["place"]: row["count"] for row in rows}


def places_left(wave: Wave) -> int:
    return max(0, wave.capacity - places_taken([wave]).get(wave.pk, 0))


@dataclass(frozen=True)
class WaveLine:
    """A wave in a list of the desk, or beside Today."""

    wave: Wave
    name: str
    service: str
    state: str | Promise
    tone: str
    taken: int
    capacity: int
    received: int
    to_decide: int
    label: str
    url: str


def waves_for_desk(*, everything: bool = False) -> list[WaveLine]:
    """Return the waves that are planned, open, or closed with requests to decide; all of them when asked."""
    waves = Wave.objects.select_related("service").annotate(
        received=Count("requests", distinct=True),
        undecided=Count("requests", filter=Q(requests__state__in=TO_DECIDE), distinct=True),
    )
    if not everything:
        waves = waves.filter(Q(state__in=["planned", "open"]) | Q(state="closed", undecided__gt=0))
    return lines_of(list(waves.order_by("-opens_at")[:50]))


def lines_of(waves: Sequence[Wave]) -> list[WaveLine]:
    """Return the lines of waves that carry ``received`` and ``undecided``."""
    taken, names = places_taken(waves), catalogue.service_names([wave.service for wave in waves])
    return [
        WaveLine(
            wave=wave,
            name=name_of(wave),
            service=names[wave.service_id],
            state=WAVE_LABELS[wave.state],
            tone=WAVE_TONES[wave.state],
            taken=taken.get(wave.pk, 0),
            capacity=wave.capacity,
            received=wave.received,  # type: ignore[attr-defined]  # annotated
            to_decide=wave.undecided,  # type: ignore[attr-defined]  # annotated
            label=places_in_words(taken.get(wave.pk, 0), wave.capacity),
            url=reverse("desk-wave", args=[wave.public_id]),
        )
        for wave in waves
    ]


def places_in_words(taken: int, capacity: int) -> str:
    words = ngettext("%(taken)d place taken out of %(capacity)d", "%(taken)d places taken out of %(capacity)d", taken)
    return words % {"taken": taken, "capacity": capacity}


@dataclass(frozen=True)
class ReportLine:
    label: str | Promise
    count: int


@dataclass(frozen=True)
class Report:
    """What is published of a closed wave. ``median_days``: from the request to its answer, whole days begun."""

    received: int
    accepted: int
    waiting: int
    redirected: int
    declined: int
    withdrawn: int
    undecided: int
    reasons: list[ReportLine]
    median_days: int | None


def report_of(wave: Wave) -> Report:
    """Return the figures of a wave; a reason given fewer than 5 times goes into "other reasons"."""
    requests = Request.objects.filter(wave=wave)
    states: dict[str, int] = dict(requests.values_list("state").annotate(Count("pk")).order_by())
    accepted = sum(states.get(state, 0) for state in HOLDS_A_PLACE)
    declined = requests.filter(state="declined").values_list("decision_reason").annotate(Count("pk")).order_by()
    return Report(
        received=sum(states.values()),
        accepted=accepted,
        waiting=states.get("waiting", 0),
        redirected=states.get("redirected", 0),
        declined=states.get("declined", 0),
        withdrawn=states.get("withdrawn", 0),
        undecided=sum(states.get(state, 0) for state in (*TO_DECIDE, "question")),
        reasons=_merged(dict(declined)),
        median_days=_median_days(requests),
    )


def _merged(counts: dict[str, int]) -> list[ReportLine]:
    shown = {code: count for code, count in counts.items() if count >= SMALLEST_SHOWN and code in REASONS}
    rest = sum(counts.values()) - sum(shown.values())
    lines = [ReportLine(REASONS[code], count) for code, count in sorted(shown.items(), key=lambda item: -item[1])]
    return [*lines, ReportLine(_("Other reasons"), rest)] if rest else lines


def _median_days(requests: QuerySet[Request]) -> int | None:
    # A question is no answer, and marks its moment all the same.
    answered = requests.filter(decided_at__isnull=False).exclude(state__in=(*TO_DECIDE, "question"))
    pairs = answered.values_list("submitted_at", "decided_at")
    days = [(decided - sent).total_seconds() / SECONDS_A_DAY for sent, decided in pairs if sent and decided]
    return max(1, ceil(median(days))) if days else None


def report_rows(wave: Wave) -> Iterator[tuple[str, ...]]:
    """Return the report as rows of a table, headings first."""
    report = report_of(wave)
    yield (_("What"), _("How many"))
    yield (_("Places"), str(wave.capacity))
    for label, count in figures_of(report):
        yield (str(label), str(count))
    for line in report.reasons:
        yield (_("Declined: %(reason)s") % {"reason": line.label}, str(line.count))
    if report.median_days is not None:
        yield (_("Days until the answer (median)"), str(report.median_days))


def figures_of(report: Report) -> list[tuple[str, int]]:
    """Return the figures with their words, zeros of rare ends left out."""
    figures = [
        (_("Requests received"), report.received),
        (_("Accepted requests"), report.accepted),
        (_("Requests on the waiting list"), report.waiting),
        (_("Declined requests"), report.declined),
    ]
    rare = [
        (_("Requests passed on to another host"), report.redirected),
        (_("Requests withdrawn by their asker"), report.withdrawn),
        (_("Requests not answered yet"), report.undecided),
    ]
    return figures + [line for line in rare if line[1]]


def order_rows(wave: Wave) -> Iterator[tuple[str, ...]]:
    """Return what is public of the order: rank, public id of the request, and what it was sorted by."""
    yield ("rank", "request", "sorted_by")
    for rank, request_id, submitted_at in _ranked(wave):
        by = draw.lot_of(wave.seed, request_id) if wave.order == "lot" else submitted_at.isoformat()
        yield (str(rank), request_id, by)


def _ranked(wave: Wave) -> Iterator[tuple[int, str, datetime]]:
    rows = Request.objects.filter(wave=wave, draw_rank__isnull=False).order_by("draw_rank")
    for rank, public_id, submitted_at in rows.values_list("draw_rank", "public_id", "submitted_at"):
        if rank is not None and submitted_at is not None:  # the constraints of the table say so, types cannot
            yield rank, public_id, submitted_at


def problems_of_order(wave: Wave) -> list[str]:
    """Recompute the order from what is public; an empty list means that everything fits. English, for the command."""
    if wave.state != "closed":
        return ["the wave is not closed yet: its order is not known"]
    rows = list(order_rows(wave))[1:]
    ranks, ids, sorted_by = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    problems = []
    if ranks != [str(rank) for rank in range(1, len(rows) + 1)]:
        problems.append("the ranks are not 1, 2, 3 …")
    if wave.order == "date":
        return problems if sorted_by == sorted(sorted_by) else [*problems, "the order is not that of the dates"]
    if draw.hash_of(wave.seed) != wave.seed_hash:
        problems.append("the seed does not have the hash published at the opening")
    if ids != draw.drawn(wave.seed, ids):
        problems.append("the order is not the one the seed gives")
    return problems
