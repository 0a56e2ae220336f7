# SPDX-License-Identifier: AGPL-3.0-or-later
"""What spaces need of a human: of the host (Today), and of their referents."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.today import ExpectedLine, TodayLine
from archipel.organisations.models import Membership
from archipel.spaces import reports
from archipel.spaces.domains import problem_words, shown
from archipel.spaces.models import Closing, Domain, HandStep, Moment, Report, Space
from archipel.spaces.queries.backups import backup_lines
from archipel.spaces.queries.machine_spaces import lost_machine_lines
from archipel.spaces.queries.watched import watched_lines


def today_lines(limit: int = 100) -> list[TodayLine]:
    """Return what waits for a human of the host: notices, deletions, openings by hand, what does not answer, back-ups, drifts, lost machines."""
    return [
        *_notices(limit),
        *_deletions(limit),
        *_by_hand(limit),
        *_unwell(limit),
        *backup_lines(limit),
        *watched_lines(limit),
        *lost_machine_lines(limit),
    ]


def _notices(limit: int) -> list[TodayLine]:
    rows = Report.objects.filter(decision="").select_related("space").order_by("received_at", "pk")
    return [
        TodayLine(
            since=report.received_at,
            kind="report",
            badge=_("Notice"),
            title=_("A page of “%(title)s” was reported") % {"title": report.space.title},
            detail=str(reports.CATEGORIES[report.category]),
            act=_("Decide"),
            url=f"/desk/reports/{report.public_id}/",
            verb="report",
            tone="care",
            public_id=report.public_id,
        )
        for report in rows[:limit]
    ]


def _deletions(limit: int) -> list[TodayLine]:
    rows = Closing.objects.filter(
        cancelled_at=None, second_confirmed_at=None, delete_after__lte=clock.today(), space__state="closing"
    )
    return [
        TodayLine(
            since=clock.start_of_day(closing.delete_after),
            kind="space",
            badge=_("To confirm"),
            title=_("The deletion of the space “%(title)s” waits for a person") % {"title": closing.space.title},
            detail=_("One person has confirmed, another must.")
            if closing.first_confirmed_at
            else _("The delay is over."),
            act=_("Look and confirm"),
            url=f"/desk/spaces/{closing.space.public_id}/",
            verb="delete",
            tone="",
            public_id=closing.space.public_id,
        )
        for closing in rows.select_related("space").order_by("delete_after", "pk")[:limit]
    ]


def _by_hand(limit: int) -> list[TodayLine]:
    rows = Space.objects.filter(state__in=["opening", "closed"], connector="").select_related("organisation", "service")
    steps = Prefetch("hand_steps", HandStep.objects.order_by("position"), to_attr="listed_steps")
    return [_hand_line(space) for space in rows.prefetch_related(steps).order_by("created_at", "pk")[:limit]]


def _hand_line(space: Space) -> TodayLine:
    opens = space.state == "opening"
    title = _("“%(title)s” is to be opened by hand") if opens else _("“%(title)s” is to be deleted by hand")
    return TodayLine(
        since=space.created_at,
        kind="opening" if opens else "space",
        badge=_("To open") if opens else _("To delete"),
        title=title % {"title": space.title},
        detail=f"{space.organisation.name} · {space.service.slug}{_steps_in_words(space)}",
        act=_("See the steps"),
        url=f"/desk/spaces/{space.public_id}/",
        verb="write" if opens else "delete",
        tone="now",
        public_id=space.public_id,
    )


def _steps_in_words(space: Space) -> str:
    moment = Moment.OPENING if space.state == "opening" else Moment.DELETION
    steps = [step for step in getattr(space, "listed_steps", []) if step.moment == moment]
    left = [step for step in steps if not step.done_at]
    if not steps:
        return ""
    words = _("%(done)d of %(all)d done") % {"done": len(steps) - len(left), "all": len(steps)}
    return f" · {words}" + (f" · {left[0].words}" if left else "")


def _unwell(limit: int) -> list[TodayLine]:
    rows = Space.objects.filter(state="open", healthy=False).order_by("usage_at", "pk")
    return [
        TodayLine(
            since=space.usage_at or space.created_at,
            kind="space",
            badge=_("Does not answer"),
            title=_("“%(title)s” does not answer as it should") % {"title": space.title},
            detail=space.health_detail,
            act=_("Look at it"),
            url=f"/desk/spaces/{space.public_id}/",
            verb="operate",
            tone="stop",
            public_id=space.public_id,
        )
        for space in rows[:limit]
    ]


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return what a referent is expected to do: publish a first version, confirm a deletion, mend a name of their own."""
    mine = Membership.objects.filter(person=person, role="referent", ended_at=None).values("organisation_id")
    return [*_to_publish(mine), *_to_confirm(mine, person), *_domains(mine)]


def _to_publish(mine: QuerySet[Any, Any]) -> list[ExpectedLine]:
    rows = Space.objects.filter(organisation__in=mine, state="open", connector="websites", online_version="")
    return [
        ExpectedLine(
            since=space.opened_at or space.created_at,
            title=_("Publish “%(title)s”") % {"title": space.title},
            detail=_("Your site is open and shows its first page: put yours in its place."),
            act=_("Publish"),
            url=f"/spaces/{space.public_id}/",
        )
        for space in rows.order_by("opened_at", "pk")[:20]
    ]


def _to_confirm(mine: QuerySet[Any, Any], person: Person) -> list[ExpectedLine]:
    rows = Closing.objects.filter(
        space__organisation__in=mine,
        space__state="closing",
        cancelled_at=None,
        second_confirmed_at=None,
        delete_after__lte=clock.today(),
    )
    waiting = rows.exclude(first_confirmed_by=person).select_related("space").order_by("delete_after", "pk")
    return [
        ExpectedLine(
            since=clock.start_of_day(closing.delete_after),
            title=_("Confirm the deletion of the space “%(title)s”") % {"title": closing.space.title},
            detail=_("The delay is over. Two persons confirm: one of your host, and you or another of theirs."),
            act=_("Look and confirm"),
            url=f"/spaces/{closing.space.public_id}/",
        )
        for closing in waiting[:20]
    ]


def _domains(mine: QuerySet[Any, Any]) -> list[ExpectedLine]:
    rows = Domain.objects.filter(space__organisation__in=mine, state="action_required").select_related("space")
    return [
        ExpectedLine(
            since=domain.since,
            title=_("Mend the name %(name)s") % {"name": shown(domain.name)},
            detail=problem_words(domain),
            act=_("Look at its records"),
            url=f"/spaces/{domain.space.public_id}/domains/",
        )
        for domain in rows.order_by("since", "pk")[:20]
    ]
