# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk reads of background work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.kernel import clock
from archipel.kernel.figures import Figure, counted
from archipel.kernel.refusals import NotFound
from archipel.kernel.today import TodayLine
from archipel.outbox.labels import label_of
from archipel.outbox.models import Job, Periodic

_PROBLEMS = {
    Job.Problem.LATER: gettext_lazy("The other system did not answer, eight times in a row."),
    Job.Problem.REFUSED: gettext_lazy("The other system said no; trying again by itself would change nothing."),
    Job.Problem.ERROR: gettext_lazy("An error in Archipel stopped this task, eight times in a row."),
    Job.Problem.ENDED: gettext_lazy("The worker was interrupted during this task, eight times in a row."),
}


@dataclass(frozen=True)
class JobPage:
    """A task as the desk reads it; ``trace`` is what the machine said, for who repairs it."""

    id: int
    title: str
    name: str
    state: str
    problem: str | Promise
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    trace: str


def today_lines(*, limit: int = 200) -> list[TodayLine]:
    """Return the tasks that failed for good, oldest first."""
    dead = Job.objects.filter(state=Job.State.DEAD).order_by("finished_at", "pk")[:limit]
    return [
        TodayLine(
            since=job.finished_at or job.created_at,
            kind="task",
            badge=_("Failed"),
            title=label_of(job.name),
            detail=str(_PROBLEMS.get(Job.Problem(job.problem), "")),
            act=_("Look at it"),
            url=f"/desk/jobs/{job.pk}/",
            verb="operate",
            tone="stop",
            public_id=str(job.pk),
        )
        for job in dead
    ]


def anything_held() -> bool:
    """Return whether a worker is at a task."""
    return Job.objects.filter(state=Job.State.PENDING).exclude(token="").exists()


def worker_late() -> float:
    """Return how many seconds what strikes at an hour has been waiting for a worker: 0 while one works."""
    first = Periodic.objects.aggregate(first=Min("next_due"))["first"]
    return max(0.0, (clock.now() - first).total_seconds()) if first else 0.0


def figures() -> list[Figure]:
    """Return how background work stands."""
    open_jobs = Job.objects.exclude(state=Job.State.DONE)
    states = dict(open_jobs.values_list("state").annotate(count=Count("pk")).values_list("state", "count"))
    due = Job.objects.filter(state=Job.State.PENDING, due_at__lte=clock.now()).aggregate(first=Min("due_at"))["first"]
    return [
        Figure("jobs", "Tasks not done, by state", counted(states, ("pending", "dead", "aside")), "state"),
        Figure(
            "jobs_failing",
            "Tasks tried in vain and tried again",
            {"": open_jobs.filter(state=Job.State.PENDING, attempts__gt=0).count()},
        ),
        Figure("oldest_job_seconds", "How long the first due task has waited", {"": _seconds_since(due)}),
        Figure("worker_late_seconds", "How long the worker is behind the clock", {"": worker_late()}),
    ]


def _seconds_since(instant: datetime | None) -> float:
    return max(0.0, (clock.now() - instant).total_seconds()) if instant else 0.0


def is_pending(unique_key: str) -> bool:
    """Return whether a job waits or runs under a key."""
    return Job.objects.filter(unique_key=unique_key, state=Job.State.PENDING).exists()


def job_page(job_id: int) -> JobPage:
    """Return one task (``NotFound``)."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return JobPage(
        id=job.pk,
        title=label_of(job.name),
        name=job.name,
        state=job.state,
        problem=_PROBLEMS.get(Job.Problem(job.problem), ""),
        attempts=job.attempts,
        created_at=job.created_at,
        finished_at=job.finished_at,
        trace=job.last_error,
    )
