# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Django's Tasks API writes to: ``@task()`` functions become rows of the outbox."""

from __future__ import annotations

from typing import Any

from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus

from archipel.outbox import operations


class OutboxBackend(BaseTaskBackend):
    """Rows written in the caller's transaction, run at least once by ``archipel worker``; results are not kept."""

    supports_defer = True
    supports_priority = True

    def enqueue(self, task: Task[..., Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        self.validate_task(task)
        job = operations.enqueue(task=task, args=args, kwargs=kwargs)
        return TaskResult(
            task=task,
            id=str(job.pk),
            status=TaskResultStatus.READY,
            enqueued_at=job.created_at,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
