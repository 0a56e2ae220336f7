# SPDX-License-Identifier: AGPL-3.0-or-later
"""A procedure only tests know. Its outside is a folder: each step ensures a file, and a journal says what ran."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.outbox import queries as outbox_queries
from archipel.outbox.models import Job
from archipel.procedures import operations, queries, states
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.procedures.models import Procedure

KIND = "toy.crossing"
STEPS = ("anchor", "sail", "land")


class HarbourClosed(Refusal):
    code = "harbour_closed"
    message = "The harbour is closed."


def _folder(about_id: str) -> Path:
    folder = Path(settings.ARCHIPEL_DATA) / "toy" / about_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _note(run: Run, line: str) -> None:
    handle = os.open(_folder(run.about_id) / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def _ensure(run: Run) -> dict[str, Any]:
    """Begin, write the effect, end: three calls, so that a fault can fall between them."""
    _note(run, f"begin {run.step}")
    _obstacles(run)
    (_folder(run.about_id) / run.step).write_text(run.procedure_id)
    _note(run, f"end {run.step}")
    return {"mark": f"{run.step} of {run.about_id}", "attempt": run.attempt, "secret_word": "sésame"}


def _obstacles(run: Run) -> None:
    """Behave as the context says, for the step it names: {"sail": "later"}."""
    wanted = str(run.context.get(run.step, ""))
    if wanted.startswith("sleep"):
        time.sleep(float(wanted.split()[1]))
    elif wanted.startswith("later"):
        raise TryLater("the wind is against us", after=float(wanted.removeprefix("later") or 0))
    elif wanted == "refused":
        raise RefusedOutside("taken", "berth 12 is taken")
    elif wanted == "refusal":
        raise HarbourClosed
    elif wanted == "error":
        raise ZeroDivisionError("a hole in the hull")
    elif wanted == "once" and run.attempt == 1:
        raise TryLater("only the first time")


def unserialisable(run: Run) -> Mapping[str, Any]:
    return {"when": {run.step}}


define(KIND, title="A crossing", steps=[StepDefinition(name, label=f"Step {name}", run=_ensure) for name in STEPS])
define("toy.bad_result", title="A bug", steps=[StepDefinition("only", label="Only", run=unserialisable)])


def begin(*, about_id: str, context: dict[str, str] | None = None) -> str:
    """Start a crossing and return its public id."""
    with transaction.atomic():
        return operations.start(
            kind=KIND, about_kind="boat", about_id=about_id, title="Crossing", context=context or {}
        ).public_id


def journal(about_id: str) -> list[str]:
    path = _folder(about_id) / "journal"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def forget(*, about_id: str) -> None:
    shutil.rmtree(_folder(about_id))


def today() -> list[str]:
    return [line.title for line in [*queries.today_lines(), *outbox_queries.today_lines()]]


def finished() -> bool:
    """Return whether no procedure is under way and none of their jobs is left."""
    under_way = Procedure.objects.filter(state__in=states.UNDER_WAY).exists()
    return not under_way and not Job.objects.filter(unique_key__startswith="procedure:", state="pending").exists()


def outcome(*, about_id: str) -> dict[str, Any]:
    """Return everything a test compares after a crossing."""
    procedure = Procedure.objects.get(about_id=about_id)
    return {
        "state": procedure.state,
        "steps": [[step.name, step.state, (step.result or {}).get("mark")] for step in procedure.steps.all()],
        "files": sorted(path.name for path in _folder(about_id).iterdir() if path.name != "journal"),
        "journal": journal(about_id),
        "jobs": sorted(Job.objects.filter(name__endswith="advance").values_list("state", flat=True)),
    }


@contextmanager
def _write_lock() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE outbox_job IN SHARE ROW EXCLUSIVE MODE")
        yield


def hold_the_write_lock(*, seconds: float) -> None:
    """Write for very long, as an import would that forgot to commit."""
    with _write_lock():
        time.sleep(seconds)
