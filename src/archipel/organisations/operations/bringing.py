# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring the records of an import in: some at a time, in short transactions that also note how far it came."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby

from django.db import transaction

from archipel.identity import hashes
from archipel.kernel import keys
from archipel.organisations.models import Batch, BatchEffect, BatchPart, BatchProblem
from archipel.organisations.moving.ledger import locked, problem_row
from archipel.organisations.moving.planning import batched
from archipel.organisations.moving.records import Problem, Record
from archipel.organisations.moving.turns import taken_in_turns
from archipel.organisations.operations.bringing_kinds import BRING, Brought

# Persons come with some ten rows each: words, address, history, effect.
AT_ONCE = {"person": 40, "organisation": 25}
OTHERS_AT_ONCE = 100
NICE = 10  # threads that compute hashes give way to pages and to whatever else the machine does


def bring_part(*, batch: Batch, number: int) -> int:
    """Bring one part in and return how many records were done by this call. Repeatable: goes on where it was cut.

    Several transactions of some hundred rows; each notes its records as done, so that nothing comes in twice.
    Hashes are computed before, outside them. Others write in between.
    """
    part = BatchPart.objects.filter(batch=batch, number=number).exclude(locked_records="").first()
    if part is None:
        return 0
    records = [Record(**values) for values in json.loads(keys.unlock(part.locked_records))]
    done = 0
    with taken_in_turns() as turns:
        for kind, same in groupby(records[part.done :], key=lambda record: record.kind):
            for some in batched(same, AT_ONCE.get(kind, OTHERS_AT_ONCE)):
                _wrap(some)
                with turns.write():
                    _bring(batch, part, kind, some)
                done += len(some)
    return done


def _bring(batch: Batch, part: BatchPart, kind: str, some: Sequence[Record]) -> None:
    with transaction.atomic():
        row = locked(batch)
        if row.state != "applying":
            return
        part.refresh_from_db()
        brought = BRING[kind](some)
        counts = Counter(row.counts)
        counts.update(f"{kind}.{one.how}" for one in brought)
        BatchEffect.objects.bulk_create(_effect(batch, one) for one in brought if one.object_id)
        BatchProblem.objects.bulk_create(
            problem_row(batch, problem)
            for one, record in zip(brought, some, strict=True)
            if (problem := _problem(one, record))
        )
        part.done += len(some)
        if part.done == part.records:
            part.locked_records = ""
        part.save(update_fields=["done", "locked_records"])
        row.counts, row.done = counts, row.done + len(some)
        row.save(update_fields=["counts", "done"])


def _effect(batch: Batch, one: Brought) -> BatchEffect:
    return BatchEffect(
        batch=batch, kind=one.kind, object_id=one.object_id or 0, label=one.label[:160], how=one.how, undo=one.undo
    )


def _problem(one: Brought, record: Record) -> Problem | None:
    return Problem(record.file, record.line, one.problem, one.column, one.values) if one.problem else None


def _wrap(some: Sequence[Record]) -> None:
    """Put in place of each hash what is stored of it; the slow ones are shared among the cores."""
    wanted = [record for record in some if record.get("passphrase_hash")]
    found = [hashes.recognise(record.get("passphrase_hash")) for record in wanted]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1, initializer=_give_way) as pool:
        stored = list(pool.map(lambda one: hashes.encoded(one) if one else "", found))
    for record, text in zip(wanted, stored, strict=True):
        record.values["passphrase_hash"] = text


def _give_way() -> None:
    # Linux counts niceness by thread; elsewhere the call may not know the number of a thread.
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
