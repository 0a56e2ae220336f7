# SPDX-License-Identifier: AGPL-3.0-or-later
"""What of requests and waves needs a human of the host, and what is expected of an asker."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from archipel.admissions.models import Request, Wave
from archipel.admissions.queries.requests import first_of, sent_requests, size_of
from archipel.admissions.queries.waves import name_of
from archipel.admissions.states import TO_DECIDE
from archipel.catalogue import queries as catalogue
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.today import ExpectedLine, TodayLine

# A review that lasts longer is shown as late; nothing is decided by it.
LATE_AFTER = timedelta(days=14)
DEFAULT_ACCEPTANCE_DAYS = 30


def today_lines(limit: int = 100) -> list[TodayLine]:
    """Return what needs a human, oldest first: requests, answers, waves, acceptances nobody answered.

    Each kind is cut at ``limit``, never their sum: who plans waves must see theirs behind any number of requests.
    """
    lines = [*_to_decide(limit), *_unanswered_acceptances(limit), *_waves(limit)]
    return sorted(lines, key=lambda line: line.since)


def _to_decide(limit: int) -> list[TodayLine]:
    # Requests of a wave are decided together (one line a wave), except those somebody has begun to read.
    alone = Q(wave=None) | Q(state="in_review")
    rows = first_of(Request.objects.filter(alone, state__in=TO_DECIDE).order_by("since", "pk"), limit)
    names = catalogue.service_names([row.service for row in rows])
    return [_request_line(row, names[row.service_id]) for row in rows]


def _request_line(row: Request, service: str) -> TodayLine:
    late = clock.now() - row.since > LATE_AFTER
    answered = row.state == "in_review" and row.decision == "ask"
    badge = (
        pgettext("badge", "Late")
        if late
        else pgettext("badge", "Answer received")
        if answered
        else pgettext("badge", "New request")
    )
    return TodayLine(
        since=row.since,
        kind="request",
        badge=badge,
        title=_("%(service)s, %(organisation)s")
        % {"service": _with_size(service, row), "organisation": row.organisation_name},
        detail=row.message[:120] or str(row.reference),
        act=pgettext("act", "Decide"),
        url=reverse("desk-request", args=[row.public_id]),
        verb="decide",
        tone="care" if late else "",
        public_id=row.public_id,
    )


def _with_size(service: str, row: Request) -> str:
    return f"{service} {size_of(row)}".strip()


def _unanswered_acceptances(limit: int) -> list[TodayLine]:
    days = int(host.parameter("acceptance_days", default=DEFAULT_ACCEPTANCE_DAYS))
    oldest = clock.now() - timedelta(days=days)
    rows = list(sent_requests().filter(state="accepted", since__lt=oldest).order_by("since")[:limit])
    names = catalogue.service_names([row.service for row in rows])
    return [
        TodayLine(
            since=row.since + timedelta(days=days),
            kind="agreement",
            badge=pgettext("badge", "No answer"),
            title=_("%(service)s, %(organisation)s")
            % {"service": _with_size(names[row.service_id], row), "organisation": row.organisation_name},
            detail=ngettext(
                "Accepted more than %(days)d day ago, and its place is kept.",
                "Accepted more than %(days)d days ago, and its place is kept.",
                days,
            )
            % {"days": days},
            act=pgettext("act", "Remind or release"),
            url=reverse("desk-request", args=[row.public_id]),
            verb="decide",
            tone="care",
            public_id=row.public_id,
        )
        for row in rows
    ]


def _waves(limit: int) -> list[TodayLine]:
    waves = Wave.objects.select_related("service").annotate(
        undecided=Count("requests", filter=Q(requests__state="submitted")),
        first=Min("requests__submitted_at", filter=Q(requests__state="submitted")),
    )
    return [*_waves_to_decide(waves, limit), *_missed_waves(waves, limit)]


def _waves_to_decide(waves: QuerySet[Wave], limit: int) -> list[TodayLine]:
    # A lot is not known before the closing: an open wave drawn by lot needs nobody yet.
    due = Q(state="closed") | Q(state="open", order="date")
    return [
        TodayLine(
            since=wave.closes_at if wave.state == "closed" else wave.first,  # type: ignore[attr-defined]  # annotated
            kind="request",
            badge=pgettext("badge", "Wave"),
            title=name_of(wave),
            detail=ngettext(
                "%(count)d request to decide",
                "%(count)d requests to decide",
                wave.undecided,  # type: ignore[attr-defined]  # annotated
            )
            % {"count": wave.undecided},  # type: ignore[attr-defined]  # annotated
            act=pgettext("act", "Decide"),
            url=f"{reverse('desk-requests')}?wave={wave.public_id}",
            verb="decide",
            public_id=wave.public_id,
        )
        for wave in waves.filter(due, undecided__gt=0).order_by("closes_at")[:limit]  # type: ignore[misc]  # annotated
    ]


def _missed_waves(waves: QuerySet[Wave], limit: int) -> list[TodayLine]:
    return [
        TodayLine(
            since=wave.closes_at,
            kind="wave",
            badge=pgettext("badge", "Wave"),
            title=name_of(wave),
            detail=_("Its dates passed before it could open: give it new ones, or cancel it."),
            act=pgettext("act", "Change"),
            url=reverse("desk-wave", args=[wave.public_id]),
            verb="waves",
            tone="care",
            public_id=wave.public_id,
        )
        for wave in waves.filter(state="planned", closes_at__lte=clock.now()).order_by("closes_at")[:limit]
    ]


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return the questions an asker has not answered yet."""
    rows = sent_requests().filter(person=person, state="question").order_by("since")[:20]
    return [
        ExpectedLine(
            since=row.since,
            title=_("A question about your request %(reference)s") % {"reference": row.reference},
            detail=_("Your answer lets us go on; nothing is lost meanwhile."),
            act=pgettext("act", "Answer"),
            url=reverse("request", args=[row.public_id]),
        )
        for row in rows
    ]
