# SPDX-License-Identifier: AGPL-3.0-or-later
"""Imports: files are taken in, read, applied part by part, undone, and forgotten after thirty days."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel import clock, keys
from archipel.kernel.refusals import Invalid, Refusal
from archipel.organisations.models import Batch, BatchFile, BatchPart, BatchProblem, Kind
from archipel.organisations.moving.decoding import ENCODINGS
from archipel.organisations.moving.ledger import (
    APPLYING,
    READING,
    UNDOING,
    locked,
    problem_row,
    record,
    start_procedure,
)
from archipel.organisations.moving.planning import AT_ONCE, Plan, batched, plan_of
from archipel.organisations.moving.reading import read_file
from archipel.organisations.moving.records import Options, Problem, Read
from archipel.organisations.states import BATCH

KEPT = timedelta(days=30)
LARGEST, MOST_FILES = 64 * 1024 * 1024, 20
WRITTEN_AT_ONCE = 200


class NothingToImport(Invalid):
    """No file, or only empty ones."""

    code = "nothing_to_import"
    message = _("Choose at least one file that is not empty.")


class TooMuchToImport(Invalid):
    """More than one import takes in: at most 20 files and 64 MB together."""

    code = "too_much_to_import"
    message = _("One import takes at most 20 files and 64 MB together: cut it in several.")
    status = 413


class AnotherImportRuns(Refusal):
    """Imports are applied and undone one after the other."""

    code = "another_import_runs"
    message = _("Another import is being applied or undone: wait until it is done.")


class UnknownChoice(Invalid):
    """An encoding or a kind of organisation that does not exist."""

    code = "unknown_choice"
    message = _("This choice does not exist.")


def open_batch(
    *,
    files: Sequence[tuple[str, bytes]],
    confirmed: bool,
    kind: str = Kind.ASSOCIATION,
    applications: Sequence[str] = (),
    encoding: str = "",
    by: Person | None = None,
    read_later: bool = True,
) -> Batch:
    """Take files (name, bytes) in, locked with the host's keys, and have the worker read them.

    ``read_later`` False: the caller reads them itself with ``read_batch``. (``NothingToImport``, ``TooMuchToImport``,
    ``UnknownChoice``.)
    """
    if not any(content.strip() for _name, content in files):
        raise NothingToImport(field="files")
    if len(files) > MOST_FILES or sum(len(content) for _name, content in files) > LARGEST:
        raise TooMuchToImport(field="files")
    if kind not in set(Kind.values) - {Kind.HOST} or (encoding and encoding not in ENCODINGS):
        raise UnknownChoice
    now = clock.now()
    sealed = [(_file_name(name), content, _lock(content)) for name, content in files]
    with transaction.atomic():
        batch = Batch.objects.create(
            state_since=now,
            created_at=now,
            started_by=by,
            confirmed=confirmed,
            kind=kind,
            applications=list(dict.fromkeys(one.strip() for one in applications if one.strip())),
            purge_on=clock.today() + KEPT,
        )
        BatchFile.objects.bulk_create(
            BatchFile(batch=batch, name=name, size=len(content), locked_content=text, asked_encoding=encoding)
            for name, content, text in sealed
        )
        record(batch, "organisations.import_opened", by)
        if read_later:
            start_procedure(batch, READING, batch.public_id, by)
    return batch


def read_batch(*, batch: Batch) -> Batch:
    """Read the files, check every record, compare with what is here, and keep the result in parts. Repeatable.

    Written in several transactions of at most 200 rows; the last one moves the batch to *ready* (or *unreadable*).
    """
    files = list(batch.files.order_by("pk"))
    if batch.state != "reading":
        return batch
    options = Options(batch.confirmed, batch.kind, tuple(batch.applications))
    reads = [read_file(_unlock(file.locked_content), file.name, options, file.asked_encoding) for file in files]
    plan = plan_of(reads, options)
    _forget_reading(batch)
    _write_problems(batch, plan.problems)
    _write_parts(batch, plan)
    with transaction.atomic():
        row = locked(batch)
        for file, read in zip(files, reads, strict=True):
            _note_file(file, read)
        row.summary = {"counts": plan.counts, "hashes": plan.hashes}
        row.records = len(plan.records)
        _move(row, "ready" if plan.records else "unreadable")
    return row


def apply_batch(*, batch: Batch, by: Person | None = None) -> Batch:
    """Have the worker bring the records in, part after part (``AnotherImportRuns``, ``MoveRefused``)."""
    with transaction.atomic():
        row = locked(batch)
        if row.state == "applying":
            return go_on_with_batch(batch=row, by=by)
        BATCH.check(row.state, "applying")
        if Batch.objects.filter(state__in=["applying", "undoing"]).exclude(pk=row.pk).exists():
            raise AnotherImportRuns
        _move(row, "applying")
        record(row, "organisations.import_applied", by)
        go_on_with_batch(batch=row, by=by)
    return row


def go_on_with_batch(*, batch: Batch, by: Person | None = None) -> Batch:
    """Start the next piece of what is being applied or undone, or note that it is done. Repeatable.

    One piece, one procedure, some seconds: whatever else the worker has to do comes in between.
    """
    with transaction.atomic():
        row = locked(batch)
        if row.state == "applying":
            part = row.parts.exclude(locked_records="").order_by("number").first()
            if part is None:
                _move(row, "applied")
            else:
                start_procedure(row, APPLYING, f"{row.public_id}.{part.number}", by)
        elif row.state == "undoing":
            left = row.effects.filter(undone=False, kept_because="").order_by("-pk").first()
            if left is None:
                _move(row, "undone")
            else:
                start_procedure(row, UNDOING, f"{row.public_id}.{left.pk}", by)
    return row


def undo_batch(*, batch: Batch, by: Person | None = None) -> Batch:
    """Have the worker undo what the import did, last things first; what was used since stays (``AnotherImportRuns``)."""
    with transaction.atomic():
        row = locked(batch)
        if row.state != "undoing":
            BATCH.check(row.state, "undoing")
            others = Batch.objects.filter(state__in=["applying", "undoing"])
            if others.exclude(pk=row.pk).exists():
                raise AnotherImportRuns
            _drop_content(row)
            _move(row, "undoing")
            record(row, "organisations.import_undone", by)
        go_on_with_batch(batch=row, by=by)
    return row


def discard_batch(*, batch: Batch, by: Person | None = None) -> Batch:
    """Forget an import that was not applied, files and all (``MoveRefused``)."""
    with transaction.atomic():
        row = locked(batch)
        _move(row, "discarded")
        _drop_content(row)
        row.problems.all().delete()
        record(row, "organisations.import_discarded", by)
    return row


def purge_batches(*, limit: int = 5) -> int:
    """Delete what imports of more than thirty days ago hold on people; return how many were emptied. Repeatable."""
    due = Batch.objects.filter(purge_on__lte=clock.today()).exclude(state__in=["applying", "undoing"])
    emptied = 0
    for batch in due.order_by("pk")[:limit]:
        for rows in (batch.problems, batch.effects, batch.parts):
            while some := list(rows.order_by("pk").values_list("pk", flat=True)[:WRITTEN_AT_ONCE]):
                rows.filter(pk__in=some).delete()
        with transaction.atomic():
            row = locked(batch)
            row.files.all().delete()
            row.purge_on = None
            if BATCH.allows(row.state, "discarded"):
                row.state, row.state_since = "discarded", clock.now()
            row.save(update_fields=["purge_on", "state", "state_since"])
        emptied += 1
    return emptied


def _lock(content: bytes) -> str:
    return keys.lock(base64.b64encode(content).decode())


def _unlock(locked: str) -> bytes:
    return base64.b64decode(keys.unlock(locked)) if locked else b""


def _file_name(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][:120] or "import"


def _forget_reading(batch: Batch) -> None:
    batch.problems.all().delete()
    batch.parts.all().delete()


def _write_problems(batch: Batch, problems: Sequence[Problem]) -> None:
    for some in batched(problems, WRITTEN_AT_ONCE):
        BatchProblem.objects.bulk_create(problem_row(batch, problem) for problem in some)


def _write_parts(batch: Batch, plan: Plan) -> None:
    for number, records in enumerate(batched(plan.records, AT_ONCE), start=1):
        sealed = keys.lock(json.dumps([asdict(one) for one in records], ensure_ascii=False))
        BatchPart.objects.create(batch=batch, number=number, locked_records=sealed, records=len(records))


def _note_file(file: BatchFile, read: Read) -> None:
    file.format, file.encoding, file.separator = read.format, read.encoding, read.separator
    file.records, file.locked_content = len(read.records), ""
    file.save()


def _drop_content(batch: Batch) -> None:
    batch.files.update(locked_content="")
    batch.parts.all().delete()


def _move(batch: Batch, to: str) -> None:
    BATCH.check(batch.state, to)
    batch.state, batch.state_since = to, clock.now()
    batch.save()
