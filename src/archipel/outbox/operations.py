# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write what is to be delivered, in the transaction of the change; and what a human does with what failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django_tasks.base import Task
from django_tasks.utils import normalize_json

from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.outbox import facts
from archipel.outbox.database_clock import stored
from archipel.outbox.models import Job
from archipel.outbox.wake import wake_after_commit

KEPT = timedelta(days=7)
PURGED_AT_ONCE = 500


# In SQL, as a wave of openings announces ten thousand facts.
_FACT = """
INSERT INTO outbox_job (kind, name, payload, queue, priority, due_at, created_at,
                        state, token, silent, again, attempts, problem, last_error)
VALUES ('fact', %s, %s, 'default', 0, %s, %s, 'pending', '', FALSE, FALSE, 0, '', '')
"""


class NotInTransaction(Exception):
    """A fact is announced with the change it tells of, or not at all."""


class JobNotDead(Refusal):
    """Somebody tried again or set aside this job in the meantime."""

    code = "job_not_dead"
    message = _("Somebody has already taken care of this task.")


def announce(fact: facts.Fact) -> None:
    """Write one row for each handler of the fact, in the caller's transaction (``NotInTransaction`` outside one)."""
    announce_all(several=[fact])


def announce_all(*, several: Sequence[facts.Fact]) -> None:
    """Announce facts in one go."""
    if several and not connection.in_atomic_block:
        raise NotInTransaction(facts.fact_name(type(several[0])))
    now = stored(clock.now())
    rows = [
        (name, json.dumps(facts.to_json(fact)), now, now) for fact in several for name in facts.handlers_of(type(fact))
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(_FACT, rows)
    wake_after_commit()


def enqueue(*, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Job:
    """Write one call of a task; ``task.enqueue(…)`` comes here."""
    now = clock.now()
    job = Job.objects.create(
        kind=Job.Kind.TASK,
        name=task.module_path,
        payload=_payload(args, kwargs),
        queue=task.queue_name,
        priority=task.priority,
        due_at=task.run_after or now,
        created_at=now,
    )
    wake_after_commit()
    return job


# One statement, so that two writers at once cannot miss each other: a waiting row keeps the earlier due date, a row
# that runs is marked to run once more.
_ONCE = """
INSERT INTO outbox_job (kind, name, payload, queue, priority, unique_key, due_at, created_at,
                        state, token, silent, again, attempts, problem, last_error)
VALUES ('task', %s, %s, %s, %s, %s, %s, %s, 'pending', '', FALSE, FALSE, 0, '', '')
ON CONFLICT (unique_key) WHERE state = 'pending' DO UPDATE SET
    again = (outbox_job.token <> ''),
    due_at = CASE WHEN (outbox_job.token = '' OR outbox_job.again) AND outbox_job.due_at < excluded.due_at
                  THEN outbox_job.due_at ELSE excluded.due_at END
"""


def enqueue_once(
    *,
    task: Task[..., Any],
    key: str,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    run_after: datetime | None = None,
    priority: int | None = None,
) -> None:
    """Make sure a call of the task is waiting under ``key``; asked while it runs, it will run once more."""
    now = clock.now()
    values = [
        task.module_path,
        json.dumps(_payload(args, kwargs or {})),
        task.queue_name,
        task.priority if priority is None else priority,
        key,
        stored(run_after or task.run_after or now),
        stored(now),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ONCE, values)
    wake_after_commit()


def try_again(*, job_id: int) -> Job:
    """Give a dead job eight new tries (``JobNotDead``)."""
    with transaction.atomic():
        job = _dead_job(job_id)
        taken_over = job.unique_key and Job.objects.filter(unique_key=job.unique_key, state=Job.State.PENDING).exists()
        job.state = Job.State.ASIDE if taken_over else Job.State.PENDING
        job.attempts, job.due_at = 0, clock.now()
        job.save(update_fields=["state", "attempts", "due_at"])
        wake_after_commit()
    return job


def set_aside(*, job_id: int) -> Job:
    """Leave a dead job undelivered: a human saw to it otherwise (``JobNotDead``)."""
    with transaction.atomic():
        job = _dead_job(job_id)
        job.state, job.finished_at = Job.State.ASIDE, clock.now()
        job.save(update_fields=["state", "finished_at"])
    return job


def purge_done() -> int:
    """Delete rows done or set aside for more than 7 days, 500 per transaction, and return how many."""
    oldest, purged = clock.now() - KEPT, 0
    while True:
        rows = Job.objects.filter(state__in=[Job.State.DONE, Job.State.ASIDE], finished_at__lt=oldest)
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:PURGED_AT_ONCE])
        if not ids:
            return purged
        purged += Job.objects.filter(pk__in=ids)._raw_delete(using=connection.alias)


def _dead_job(job_id: int) -> Job:
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None or job.state != Job.State.DEAD:
        raise JobNotDead
    return job


def _payload(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {"args": normalize_json(list(args)), "kwargs": normalize_json(dict(kwargs))}
