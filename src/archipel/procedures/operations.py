# SPDX-License-Identifier: AGPL-3.0-or-later
"""Start a procedure, and what a human does with one that stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.outbox import operations as outbox
from archipel.outbox.queries import is_pending
from archipel.procedures import engine, states
from archipel.procedures.definitions import definition_of
from archipel.procedures.events import ProcedureCancelled
from archipel.procedures.models import Procedure, Step
from archipel.procedures.moves import move


class CannotResume(Refusal):
    """Only a procedure that stopped or waits can be resumed."""

    code = "procedure_cannot_resume"
    message = _("This procedure is not stopped: there is nothing to resume.")


class AlreadyFinished(Refusal):
    """Done or cancelled in the meantime."""

    code = "procedure_already_finished"
    message = _("This procedure is already finished.")


class GoesToTheEnd(Refusal):
    """What it does half of must not stay half done, and nothing else would take it up."""

    code = "procedure_goes_to_the_end"
    message = _("This procedure cannot be given up: see to what stopped it, then resume it.")


def start(
    *,
    kind: str,
    about_kind: str,
    about_id: str,
    title: str,
    organisation_id: str = "",
    context: Mapping[str, Any] | None = None,
    started_by: str = "",
) -> Procedure:
    """Record a run and its steps, and let the worker have it after the caller's commit.

    The same kind for the same object while one is unfinished: that one is returned, nothing is written.
    """
    definition = definition_of(kind)
    if definition is None:
        raise ValueError(f"no procedure of kind {kind}")
    unfinished = Procedure.objects.filter(
        kind=kind, about_kind=about_kind, about_id=about_id, state__in=states.UNFINISHED
    )
    existing = unfinished.first()
    if existing:
        return existing
    now = clock.now()
    procedure = Procedure(
        kind=kind,
        about_kind=about_kind,
        about_id=about_id,
        organisation_id=organisation_id,
        title=title,
        context=dict(context or {}),
        started_by=started_by,
        state_since=now,
        created_at=now,
    )
    try:
        with transaction.atomic():
            procedure.save(force_insert=True)
            Step.objects.bulk_create(
                Step(procedure=procedure, position=position, name=step.name)
                for position, step in enumerate(definition.steps, start=1)
            )
            engine.come_back(procedure)
    except IntegrityError:
        return unfinished.get()
    return procedure


def resume(*, procedure: Procedure, by: Any) -> Procedure:
    """Let a stopped (or waiting) procedure try its step again now, with all its tries (``CannotResume``)."""
    with transaction.atomic():
        locked = Procedure.objects.select_for_update().get(pk=procedure.pk)
        if locked.state not in (states.STOPPED, states.WAITING):
            raise CannotResume
        move(locked, states.RUNNING)
        locked.steps.filter(state=Step.State.NOW).update(
            state=Step.State.TODO, token="", attempts=0, errors=0, problem_code="", problem="", next_try_at=None
        )
        _record("procedure.resumed", locked, by)
        engine.come_back(locked)
    return locked


def cancel(*, procedure: Procedure, by: Any) -> Procedure:
    """Give a procedure up: a step that runs ends, no other begins, what is done stays done.

    ``AlreadyFinished``, ``GoesToTheEnd``.
    """
    definition = definition_of(procedure.kind)
    if definition is not None and definition.to_the_end:
        raise GoesToTheEnd
    with transaction.atomic():
        locked = Procedure.objects.select_for_update().get(pk=procedure.pk)
        if locked.state not in states.UNFINISHED:
            raise AlreadyFinished
        move(locked, states.CANCELLED)
        _record("procedure.cancelled", locked, by)
        outbox.announce(ProcedureCancelled(**engine.about(locked)))
    return locked


def wake_forgotten() -> int:
    """Give a job to procedures under way that have none, and return how many: nothing is left lying."""
    under_way = Procedure.objects.filter(state__in=states.UNDER_WAY).only("public_id")
    forgotten = [procedure for procedure in under_way.iterator() if not is_pending(engine.key(procedure))]
    for procedure in forgotten:
        engine.come_back(procedure)
    return len(forgotten)


def _record(what: str, procedure: Procedure, by: Any) -> None:
    history.record(
        what=what,
        about=(procedure.about_kind, procedure.about_id, procedure.title),
        organisation_id=procedure.organisation_id,
        actor=by,
        visible="host",
        procedure_id=procedure.public_id,
    )
