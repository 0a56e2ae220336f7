# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the dotted path of a row to the function it names, and how its failures read."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import cache
from typing import Any

from django.utils.module_loading import import_string
from django_tasks.base import Task

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.outbox import facts
from archipel.outbox.claims import Held, Outcome
from archipel.outbox.models import Job


class NotAHandler(Exception):
    """The path names something that is neither a task nor a listener: rows must not run arbitrary code."""


def call(job: Held) -> None:
    """Run what the row names, with what it holds."""
    if job.kind == Job.Kind.FACT:
        fact = facts.from_json(job.payload)
        if not facts.is_handler(type(fact), job.name):
            raise NotAHandler(job.name)
        _imported(job.name)(fact)
    else:
        _task_function(job.name)(*job.payload["args"], **job.payload["kwargs"])


def outcome_of(error: Exception) -> Outcome:
    """Say how a failure is to be recorded; the traceback stays in the row, for the desk only."""
    if isinstance(error, TryLater):
        return Outcome(Job.Problem.LATER, error.reason, error.after)
    if isinstance(error, RefusedOutside):
        return Outcome(Job.Problem.REFUSED, str(error))
    return Outcome(Job.Problem.ERROR, "".join(traceback.format_exception(error)))


@cache
def _task_function(path: str) -> Callable[..., Any]:
    found = _imported(path)
    if not isinstance(found, Task):
        raise NotAHandler(path)
    return found.func


@cache
def _imported(path: str) -> Any:
    return import_string(path)
