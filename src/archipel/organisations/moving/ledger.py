# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operations on imports share: their lock, their procedures, their history, and rows made of problems."""

from __future__ import annotations

from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.organisations.models import Batch, BatchProblem
from archipel.organisations.moving.records import Problem
from archipel.procedures import operations as procedures

READING, APPLYING, UNDOING, MAILING = (
    "organisations.import_read", "organisations.import_part", "organisations.import_undo", "organisations.import_mail",
)  # fmt: skip


def locked(batch: Batch) -> Batch:
    """Return the row under a lock: the lock of everything an import writes about itself."""
    return Batch.objects.select_for_update().get(pk=batch.pk)


def start_procedure(batch: Batch, kind: str, about: str, by: Person | None) -> None:
    """Have the worker do one piece of an import."""
    procedures.start(
        kind=kind,
        about_kind="import",
        about_id=about,
        title=f"Import {batch.public_id}",
        context={"batch": batch.public_id},
        started_by=by.public_id if by else "",
    )


def record(batch: Batch, what: str, by: Person | None) -> None:
    """Write a line of history."""
    label = ", ".join(batch.files.order_by("pk").values_list("name", flat=True))
    history.record(what=what, about=("import", batch.public_id, label), actor=by, visible="host")


def problem_row(batch: Batch, problem: Problem) -> BatchProblem:
    """Return the row, not yet written, of a problem."""
    return BatchProblem(
        batch=batch,
        file=problem.file,
        line=problem.line,
        column=problem.column,
        code=problem.code,
        values=problem.values,
        left_out=problem.left_out,
    )
