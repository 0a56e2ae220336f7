# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where procedures stand, for the pages that show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from archipel.kernel import clock
from archipel.kernel.figures import Figure, counted
from archipel.kernel.refusals import NotFound
from archipel.kernel.today import TodayLine
from archipel.procedures import states
from archipel.procedures.definitions import definition_of
from archipel.procedures.models import Procedure, Step
from archipel.procedures.problems import plain
from archipel.procedures.states import PROCEDURE

SECRET_WORDS = ("pass", "secret", "token", "key", "credential")
HIDDEN = "•••"


@dataclass(frozen=True)
class StepLine:
    """A step as pages show it: ``state`` done, now, stopped, todo; ``problem`` in plain words, ``said`` raw."""

    name: str
    label: str
    state: str
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    next_try_at: datetime | None
    problem: str
    said: str
    result: Mapping[str, str]


@dataclass(frozen=True)
class Progress:
    """Steps done out of ``total``, and the label of the one under way (empty at the end)."""

    state: str
    done: int
    total: int
    now: str
    problem: str
    retry_at: datetime | None
    steps: tuple[StepLine, ...]

    @property
    def finished(self) -> bool:
        return self.state not in states.UNFINISHED

    @property
    def thousandths(self) -> int:
        return self.done * 1000 // self.total


@dataclass(frozen=True)
class ProcedurePage:
    """A procedure as the desk reads it; ``summary`` says in one sentence where it stands."""

    public_id: str
    title: str
    kind_title: str
    summary: str
    created_at: datetime
    finished_at: datetime | None
    progress: Progress
    to_the_end: bool

    @property
    def can_resume(self) -> bool:
        return self.progress.state in (states.STOPPED, states.WAITING)

    @property
    def can_cancel(self) -> bool:
        return not self.progress.finished and not self.to_the_end


def procedure_page(public_id: str) -> ProcedurePage:
    """Return what the desk's page of a procedure shows (``NotFound``)."""
    procedure = by_public_id(public_id)
    where = progress(procedure)
    definition = definition_of(procedure.kind)
    return ProcedurePage(
        public_id=procedure.public_id,
        title=procedure.title,
        kind_title=str(definition.title) if definition else procedure.kind,
        summary=summary(where),
        created_at=procedure.created_at,
        finished_at=procedure.finished_at,
        progress=where,
        to_the_end=definition is not None and definition.to_the_end,
    )


def summary(where: Progress) -> str:
    """Say in one sentence of the active language where a procedure stands."""
    if where.state == states.DONE:
        return _("Every step is done.")
    sentences = {
        states.RUNNING: ngettext_lazy(
            "%(done)d step of %(total)d is done.", "%(done)d steps of %(total)d are done.", "done"
        ),
        states.WAITING: ngettext_lazy(
            "%(done)d step of %(total)d is done; the next one waits.",
            "%(done)d steps of %(total)d are done; the next one waits.",
            "done",
        ),
        states.STOPPED: ngettext_lazy(
            "%(done)d step of %(total)d is done; the next one needs a person of the host.",
            "%(done)d steps of %(total)d are done; the next one needs a person of the host.",
            "done",
        ),
        states.CANCELLED: ngettext_lazy(
            "Cancelled when %(done)d step of %(total)d was done.",
            "Cancelled when %(done)d steps of %(total)d were done.",
            "done",
        ),
    }
    return str(sentences[where.state] % {"done": where.done, "total": where.total})


def by_public_id(public_id: str) -> Procedure:
    """Return a procedure (``NotFound``); who may see it is the caller's business."""
    procedure = Procedure.objects.filter(public_id=public_id).first()
    if procedure is None:
        raise NotFound
    return procedure


def of(about_kind: str, about_id: str, *, kind: str = "") -> Procedure | None:
    """Return the latest procedure of an object, of one kind when it is given."""
    found = Procedure.objects.filter(about_kind=about_kind, about_id=about_id)
    return (found.filter(kind=kind) if kind else found).order_by("-created_at", "-pk").first()


def progress(procedure: Procedure) -> Progress:
    """Return where a procedure stands, in one query."""
    definition = definition_of(procedure.kind)
    labels = {step.name: str(step.label) for step in definition.steps} if definition else {}
    lines = tuple(_line(step, labels, procedure.state) for step in procedure.steps.all())
    current = next((line for line in lines if line.state in ("now", "stopped")), None)
    return Progress(
        state=procedure.state,
        done=sum(line.state == "done" for line in lines),
        total=len(lines),
        now=current.label if current else "",
        problem=current.problem if current else "",
        retry_at=current.next_try_at if current else None,
        steps=lines,
    )


def figures() -> list[Figure]:
    """Return how many procedures are in each state; those of the last thirty days when they are finished."""
    month = clock.now() - timedelta(days=30)
    recent = Procedure.objects.filter(Q(finished_at__isnull=True) | Q(finished_at__gte=month))
    found = dict(recent.values_list("state").annotate(count=Count("pk")).values_list("state", "count"))
    about = "Procedures by state, those finished in the last thirty days"
    return [Figure("procedures", about, counted(found, PROCEDURE.states), "state")]


def today_lines(*, limit: int = 200) -> list[TodayLine]:
    """Return the procedures that need a human, the longest stopped first."""
    stopped = Procedure.objects.filter(state=states.STOPPED).order_by("state_since", "pk").prefetch_related("steps")
    return [_today_line(procedure) for procedure in stopped[:limit]]


def _today_line(procedure: Procedure) -> TodayLine:
    where = progress(procedure)
    return TodayLine(
        since=procedure.state_since,
        kind="procedure",
        badge=_("Stopped"),
        title=procedure.title,
        detail=" · ".join(part for part in (where.now, where.problem) if part),
        act=_("Look at it"),
        url=f"/desk/procedures/{procedure.public_id}/",
        verb="operate",
        tone="stop",
        public_id=procedure.public_id,
    )


def _line(step: Step, labels: Mapping[str, str], state: str) -> StepLine:
    shown = str(step.state)
    if shown == Step.State.NOW and state in (states.STOPPED, states.CANCELLED):
        shown = "stopped"
    return StepLine(
        name=step.name,
        label=labels.get(step.name, step.name),
        state=shown,
        attempts=step.attempts,
        started_at=step.started_at,
        finished_at=step.finished_at,
        next_try_at=step.next_try_at,
        problem=plain(step.problem_code, step.problem),
        said=step.problem,
        result=_shown(step.result),
    )


def _shown(result: Any) -> dict[str, str]:
    """Return a result with its secrets hidden, by the name they carry."""
    return {
        name: HIDDEN if any(word in name.lower() for word in SECRET_WORDS) else str(value)[:200]
        for name, value in (result or {}).items()
    }
