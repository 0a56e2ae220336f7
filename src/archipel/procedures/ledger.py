# SPDX-License-Identifier: AGPL-3.0-or-later
"""The three statements between two steps, in SQL: a wave writes them ten thousand times.

Each names the token it writes under, so that whoever lost a step changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

from archipel.kernel import clock
from archipel.outbox.database_clock import in_dialect, stored
from archipel.procedures.models import Step

_LOCK = "SELECT state FROM procedures_procedure WHERE id = %s :for_update"
_BEGIN = """
UPDATE procedures_step SET state = 'now', token = %s, attempts = attempts + 1, errors = errors + %s, started_at = %s,
    next_try_at = NULL, problem_code = '', problem = ''
WHERE id = %s AND token = %s AND state <> 'done'
"""
_RECORD = (
    "UPDATE procedures_step SET state = 'done', finished_at = %s, result = %s, token = '' WHERE id = %s AND token = %s"
)


def lock(procedure_pk: int) -> str:
    """Hold a procedure's row until the end of the transaction, and return its state."""
    with connection.cursor() as cursor:
        cursor.execute(in_dialect(_LOCK), [procedure_pk])
        return str(cursor.fetchone()[0])


def begin(step: Step, token: str, *, errors: int = 0) -> bool:
    """Note that a step begins under a new token; False when it is not as it was read."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [token, errors, stored(clock.now()), step.pk, step.token])
        return bool(cursor.rowcount)


def record(step: Step, token: str, result: Mapping[str, Any] | None) -> bool:
    """Note that a step is done, with its result; False when it is no longer ours."""
    kept = None if result is None else json.dumps(result)
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [stored(clock.now()), kept, step.pk, token])
        return bool(cursor.rowcount)
