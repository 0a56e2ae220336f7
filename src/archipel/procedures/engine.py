# SPDX-License-Identifier: AGPL-3.0-or-later
"""Advance a procedure: one job runs all its steps, one short transaction lies between two of them.

That transaction records the result of a step and the beginning of the next together. A worker killed anywhere leaves
the step it was at as *now* and its job leased: the lease lapses, another worker runs that step again with a new token,
and whatever the first one still writes with the old token changes nothing.
"""

from __future__ import annotations

import json
import logging
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django_tasks import task

from archipel.history import operations as history
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.outbox import operations as outbox
from archipel.procedures import faults, ledger, problems, states
from archipel.procedures.definitions import Run, definition_of
from archipel.procedures.events import ProcedureDone, ProcedureStopped
from archipel.procedures.models import Procedure, Step
from archipel.procedures.moves import move

logger = logging.getLogger("archipel.procedures")

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
TRIES = 20
ERRORS = 5
SAID_KEPT = 1000


class Lost(Exception):
    """Another worker has the step, or the procedure ended meanwhile: there is nothing more to write here."""


@task()
def advance(procedure_id: str) -> None:
    """Run the steps that are left, until the end, a wait or a stop."""
    procedure = Procedure.objects.filter(public_id=procedure_id, state__in=states.UNDER_WAY).first()
    if procedure is None:
        return
    journey = Journey(procedure)
    too_early = journey.next_try_at()
    if too_early and too_early > clock.now():
        come_back(procedure, too_early)
        return
    try:
        journey.go()
    except Lost:
        logger.info("procedure %s is no longer ours", procedure_id)


def key(procedure: Procedure) -> str:
    """Return the unique key of a procedure's job."""
    return f"procedure:{procedure.public_id}"


def come_back(procedure: Procedure, at: datetime | None = None) -> None:
    """Make sure the worker looks at a procedure, at once or at an instant."""
    outbox.enqueue_once(task=advance, key=key(procedure), args=[procedure.public_id], run_after=at)


def about(procedure: Procedure) -> dict[str, str]:
    """Return the fields that every fact on a procedure holds."""
    return {
        "procedure_id": procedure.public_id,
        "kind": procedure.kind,
        "about_kind": procedure.about_kind,
        "about_id": procedure.about_id,
    }


class Journey:
    """One worker's passage through a procedure, from the first step not done."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.steps = list(procedure.steps.all())
        self.token = uuid.uuid4().hex
        self.results = {step.name: step.result or {} for step in self.steps if step.state == Step.State.DONE}

    def next_try_at(self) -> datetime | None:
        """Return when the step that waits may be tried again."""
        step = self._first_left()
        return step.next_try_at if step else None

    def go(self) -> None:
        """Run step after step; ``Lost`` when somebody else took over."""
        step = self._enter()
        while step is not None:
            faults.strike(self.procedure.kind, step.name, "before")
            step = self._pass(step)

    def _first_left(self) -> Step | None:
        return next((step for step in self.steps if step.state != Step.State.DONE), None)

    def _enter(self) -> Step | None:
        """Record that the first step left begins; None when it ended its worker too often."""
        step = self._first_left()
        if step is None:
            raise Lost
        interrupted = step.state == Step.State.NOW and not step.problem_code
        with transaction.atomic():
            self._lock()
            if interrupted and step.errors + 1 >= ERRORS:
                self._stop(step, problems.INTERRUPTED, "the worker ended during this step")
                return None
            if self.procedure.state != states.RUNNING:
                move(self.procedure, states.RUNNING)
            self._begin(step, errors=int(interrupted))
        return step

    def _pass(self, step: Step) -> Step | None:
        """Run a step, record how it went, and return the next one, begun."""
        try:
            result = self._run(step)
        except TryLater as late:
            self._wait_or_stop(step, problems.LATER, late.reason, pause=late.after, last=step.attempts >= TRIES)
        except RefusedOutside as refused:
            self._give_to_a_human(step, refused.code, refused.reason)
        except Refusal as refused:
            self._give_to_a_human(step, refused.code, str(refused))
        except OperationalError:  # the database went away or stayed locked: nothing to do with this step
            raise
        except Exception:
            self._count_error(step)
        else:
            following = self._record(step, result)
            faults.strike(self.procedure.kind, step.name, "after")
            return following
        return None

    def _run(self, step: Step) -> dict[str, Any] | None:
        """Run a step and return its result as it will be read back: what JSON cannot hold is an error of the step."""
        procedure = self.procedure
        definition = definition_of(procedure.kind)
        found = definition.step(step.name) if definition else None
        if found is None:
            raise RefusedOutside(problems.CHANGED, f"no step {step.name} in {procedure.kind}")
        run = Run(
            procedure_id=procedure.public_id,
            kind=procedure.kind,
            about_kind=procedure.about_kind,
            about_id=procedure.about_id,
            organisation_id=procedure.organisation_id,
            started_by=procedure.started_by,
            context=procedure.context,
            results=self.results,
            step=step.name,
            attempt=step.attempts,
        )
        with faults.inside(procedure.kind, step.name, found.run.__module__.split(".")[0]):
            result = found.run(run)
        return json.loads(json.dumps(dict(result))) if result else None

    def _record(self, step: Step, result: dict[str, Any] | None) -> Step | None:
        """Record a result, and in the same transaction the beginning of the next step, or the end."""
        with transaction.atomic():
            self._lock(ended_too=True)
            if not ledger.record(step, self.token, result):
                raise Lost
            step.state = Step.State.DONE
            self.results[step.name] = result or {}
            following = self._first_left()
            if self.procedure.state not in states.UNDER_WAY:
                return None
            if following is not None:
                self._begin(following)
            else:
                move(self.procedure, states.DONE)
                outbox.announce(ProcedureDone(**about(self.procedure)))
        return following

    def _lock(self, *, ended_too: bool = False) -> None:
        """Hold the procedure's row; ``Lost`` unless it is under way."""
        state = self.procedure.state = ledger.lock(self.procedure.pk)
        if state not in states.UNDER_WAY and not ended_too:
            raise Lost

    def _begin(self, step: Step, *, errors: int = 0) -> None:
        """Take a step with our token; ``Lost`` when it is not as we read it."""
        if not ledger.begin(step, self.token, errors=errors):
            raise Lost
        step.state, step.token = Step.State.NOW, self.token
        step.attempts, step.errors = step.attempts + 1, step.errors + errors

    def _write(self, step: Step, **values: Any) -> None:
        """Write to a step that is still ours (``Lost``)."""
        if not Step.objects.filter(pk=step.pk, token=self.token).update(**values):
            raise Lost

    def _count_error(self, step: Step) -> None:
        incident = secrets.token_hex(4)
        logger.exception("incident %s: procedure %s step %s", incident, self.procedure.public_id, step.name)
        step.errors += 1
        last = step.errors >= ERRORS or step.attempts >= TRIES
        self._wait_or_stop(step, problems.ERROR, incident, last=last, errors=step.errors)

    def _wait_or_stop(
        self, step: Step, code: str, said: str, *, last: bool, pause: float = 0.0, **changes: Any
    ) -> None:
        """Note a failure that may pass by itself, and come back later; stop after the last try."""
        own = min(FIRST_PAUSE * 2 ** (step.attempts - 1), LONGEST_PAUSE)
        at = clock.now() + timedelta(seconds=max(own, pause))
        with transaction.atomic():
            self._lock()
            if last:
                self._stop(step, code, said, **changes)
                return
            self._write(step, problem_code=code, problem=said[:SAID_KEPT], next_try_at=at, **changes)
            move(self.procedure, states.WAITING)
            come_back(self.procedure, at)

    def _give_to_a_human(self, step: Step, code: str, said: str) -> None:
        with transaction.atomic():
            self._lock()
            self._stop(step, code, said)

    def _stop(self, step: Step, code: str, said: str, **changes: Any) -> None:
        """Hand the procedure to a human; inside the caller's transaction."""
        fenced = Step.objects.filter(pk=step.pk, token=step.token)
        if not fenced.update(problem_code=code[:40], problem=said[:SAID_KEPT], next_try_at=None, **changes):
            raise Lost
        move(self.procedure, states.STOPPED)
        outbox.announce(ProcedureStopped(**about(self.procedure)))
        history.record(
            what="procedure.stopped",
            about=(self.procedure.about_kind, self.procedure.about_id, self.procedure.title),
            organisation_id=self.procedure.organisation_id,
            visible="host",
            procedure_id=self.procedure.public_id,
        )
