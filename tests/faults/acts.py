# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody of the host does in a house; called in children."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from django.db import OperationalError, connection, transaction

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


def write_lock_is_held() -> bool:
    """Return whether somebody writes so long that nobody else can give or take a job."""
    try:
        if connection.vendor == "postgresql":
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE outbox_job IN ROW EXCLUSIVE MODE NOWAIT")
        else:
            with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")
    except (OperationalError, sqlite3.OperationalError):
        return True
    return False
