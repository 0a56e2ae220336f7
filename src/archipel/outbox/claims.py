# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who holds which row: claim, prolong, settle, give back, and take over from a holder that fell silent.

Each write names the token of its claim, so that a worker whose lease was taken over changes nothing any more. A lapsed
lease is not taken at once: its holder is called first and has a heartbeat left to answer, because on SQLite one long
write keeps every heartbeat waiting, and the row must not be given to a second worker the moment that write ends.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from archipel.kernel import clock
from archipel.outbox.database_clock import in_dialect, seconds, stored
from archipel.outbox.models import Job

TRIES = 8
LONGEST_PAUSE = 3600.0
ERROR_KEPT = 4000


@dataclass(frozen=True)
class Held:
    """A row held by this process under ``token``; ``attempts`` counts the runs before this one."""

    id: int
    kind: str
    name: str
    payload: dict[str, Any]
    attempts: int
    token: str


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``problem`` empty when well; ``pause`` the seconds to wait at least before the next one."""

    problem: str = ""
    error: str = ""
    pause: float = 0.0


_ANYTHING_DUE = "SELECT 1 FROM outbox_job WHERE state = 'pending' AND token = '' AND due_at <= %s LIMIT 1"
# The rows are picked apart from the update (a plan might pick twice), and a row that somebody writes is left out:
# only ``settle`` ever waits for a row, so that no two of these statements can wait for each other.
_CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT id FROM outbox_job WHERE state = 'pending' AND token = '' AND due_at <= %s
    ORDER BY priority DESC, due_at, id LIMIT %s :skip_locked)
UPDATE outbox_job SET token = %s, lease_until = :later, silent = FALSE WHERE id IN (SELECT id FROM picked)
RETURNING id, kind, name, payload, attempts, priority, due_at
"""
_BEGIN = "UPDATE outbox_job SET attempts = attempts + 1 WHERE id = %s AND token = %s"
_DONE = """
UPDATE outbox_job SET state = CASE WHEN again THEN 'pending' ELSE 'done' END,
    finished_at = CASE WHEN again THEN NULL ELSE %s END, attempts = CASE WHEN again THEN 0 ELSE attempts END,
    problem = '', last_error = '', token = '', lease_until = NULL, silent = FALSE, again = FALSE
WHERE id = %s AND token = %s
"""
_DEAD = """
UPDATE outbox_job SET state = 'dead', finished_at = %s, problem = %s, last_error = %s,
    token = '', lease_until = NULL, silent = FALSE, again = FALSE
WHERE id = %s AND token = %s
"""
# Asked for once more while it ran: what it lacked may be there now, so it does not wait for its back-off.
_RETRY = """
UPDATE outbox_job SET due_at = CASE WHEN again AND due_at < %s THEN due_at ELSE %s END,
    problem = %s, last_error = %s, token = '', lease_until = NULL, silent = FALSE, again = FALSE
WHERE id = %s AND token = %s
"""
_PROLONG = """
WITH picked AS MATERIALIZED (SELECT id FROM outbox_job WHERE state = 'pending' AND token = %s :skip_locked)
UPDATE outbox_job SET lease_until = :later, silent = FALSE WHERE id IN (SELECT id FROM picked)
"""
_ANY_LAPSED = "SELECT 1 FROM outbox_job WHERE state = 'pending' AND token <> '' AND lease_until < :present LIMIT 1"
# What was begun may be what ended its worker: it goes after what only waited behind it.
_FREE = """
WITH picked AS MATERIALIZED (
    SELECT id FROM outbox_job WHERE state = 'pending' AND token <> '' AND lease_until < :present AND silent
    :skip_locked)
UPDATE outbox_job SET token = '', lease_until = NULL, silent = FALSE,
    due_at = CASE WHEN attempts = 0 THEN due_at ELSE %s END,
    problem = 'ended', last_error = 'the worker ended during this job',
    state = CASE WHEN attempts >= %s THEN 'dead' ELSE 'pending' END,
    finished_at = CASE WHEN attempts >= %s THEN %s ELSE finished_at END
WHERE id IN (SELECT id FROM picked) RETURNING id
"""
_CALL = """
WITH picked AS MATERIALIZED (
    SELECT id FROM outbox_job WHERE state = 'pending' AND token <> '' AND lease_until < :present AND NOT silent
    :skip_locked)
UPDATE outbox_job SET silent = TRUE, lease_until = :later WHERE id IN (SELECT id FROM picked)
"""


def anything_due() -> bool:
    """Look, without a write lock, whether a row waits to be claimed."""
    return _found(_ANYTHING_DUE, [stored(clock.now())])


def claim(limit: int) -> list[Held]:
    """Hold up to ``limit`` due rows, by priority then age, and count the first one as begun."""
    token = uuid.uuid4().hex
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(in_dialect(_CLAIM), [stored(clock.now()), limit, token, seconds(settings.OUTBOX_LEASE)])
        rows = sorted(cursor.fetchall(), key=lambda row: (-row[5], row[6], row[0]))
        if rows:
            cursor.execute(_BEGIN, [rows[0][0], token])
    return [Held(row[0], row[1], row[2], json.loads(row[3]), row[4], token) for row in rows]


def settle(job: Held, outcome: Outcome, following: Held | None = None) -> bool:
    """Record how a run ended and, in the same transaction, that the following one begins.

    Returns whether the following one may run: False when its lease was taken over meanwhile.
    """
    now = clock.now()
    mine: list[Any] = [job.id, job.token]
    said: list[Any] = [outcome.problem, outcome.error[-ERROR_KEPT:]]
    with transaction.atomic(), connection.cursor() as cursor:
        if not outcome.problem:
            cursor.execute(_DONE, [stored(now), *mine])
        elif outcome.problem == Job.Problem.REFUSED or job.attempts + 1 >= TRIES:
            cursor.execute(_DEAD, [stored(now), *said, *mine])
        else:
            due = stored(now + timedelta(seconds=max(outcome.pause, pause_before(job.attempts + 1))))
            cursor.execute(_RETRY, [due, due, *said, *mine])
        return following is not None and _begin(cursor, following)


def begin(job: Held) -> bool:
    """Count a held row as begun; False when its lease was taken over meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _begin(cursor, job)


def pause_before(attempt: int) -> float:
    """Return the seconds before the run after ``attempt`` runs: 2ⁿ, at most an hour, spread by a tenth."""
    return min(2.0**attempt, LONGEST_PAUSE) * random.uniform(1.0, 1.1)  # noqa: S311 - spreads load, protects nothing


def prolong(tokens: Collection[str]) -> None:
    """Say that the holder of these claims lives."""
    with transaction.atomic(), connection.cursor() as cursor:
        for token in tokens:
            cursor.execute(in_dialect(_PROLONG), [token, seconds(settings.OUTBOX_LEASE)])


def give_back(jobs: Sequence[Held]) -> None:
    """Let other workers have rows that were claimed but not begun."""
    ids = [job.id for job in jobs]
    for token in {job.token for job in jobs}:
        Job.objects.filter(pk__in=ids, token=token).update(token="", lease_until=None)


def take_over_silent() -> int:
    """Free the rows whose holder did not answer its call, call those whose lease lapsed; return how many were freed."""
    if not _found(in_dialect(_ANY_LAPSED), []):
        return 0
    now = clock.now()
    after_the_others = stored(now + timedelta(seconds=settings.OUTBOX_HEARTBEAT))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(in_dialect(_FREE), [after_the_others, TRIES, TRIES, stored(now)])
        freed = len(cursor.fetchall())  # Python counts no rows of a statement that begins with WITH
        cursor.execute(in_dialect(_CALL), [seconds(answer_time())])
    return freed


def answer_time() -> float:
    """Return the seconds a called holder has to answer: a heartbeat, and time for the database to let it through."""
    return max(float(settings.OUTBOX_HEARTBEAT), 0.5)


def _begin(cursor: Any, job: Held) -> bool:
    cursor.execute(_BEGIN, [job.id, job.token])
    return bool(cursor.rowcount)


def _found(sql: str, values: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() is not None
