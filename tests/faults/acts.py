# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody of the host does in a house; called in children."""

from __future__ import annotations

from archipel.identity.models import Person
from archipel.procedures import operations
from archipel.procedures.models import Procedure
from tests.faults.house import STAFF


def resume() -> None:
    """Resume the procedure that stopped."""
    operations.resume(procedure=Procedure.objects.get(state="stopped"), by=Person.objects.get(email=STAFF))


def steps_begun() -> dict[str, int]:
    """Return how often each step of the latest procedure was begun."""
    procedure = Procedure.objects.latest("pk")
    return {step.name: step.attempts for step in procedure.steps.all()}


def step_now() -> str:
    """Return the step that runs, or nothing."""
    procedure = Procedure.objects.order_by("pk").last()
    step = procedure.steps.filter(state="now").first() if procedure else None
    return step.name if step else ""
