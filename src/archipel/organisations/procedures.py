# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recorded steps of an import. A long one is cut in procedures of some seconds: each starts the next.

So the worker does whatever else is due in between, and one that is killed has some hundred records to look at again.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.organisations import operations
from archipel.organisations.models import Batch
from archipel.organisations.moving.ledger import APPLYING, MAILING, READING, UNDOING
from archipel.procedures.definitions import Run, StepDefinition, define


def _batch(run: Run) -> Batch:
    return Batch.objects.get(public_id=run.context["batch"])


def read(run: Run) -> dict[str, Any]:
    batch = operations.read_batch(batch=_batch(run))
    return {"records": batch.records}


def bring(run: Run) -> dict[str, Any]:
    number = int(run.about_id.rpartition(".")[2])
    return {"records": operations.bring_part(batch=_batch(run), number=number)}


def go_on(run: Run) -> dict[str, Any]:
    operations.go_on_with_batch(batch=_batch(run))
    return {}


def take_back(run: Run) -> dict[str, Any]:
    return {"undone": operations.take_back_piece(batch=_batch(run))}


def write(run: Run) -> dict[str, Any]:
    return {"mails": operations.write_to_some(batch=_batch(run))}


def go_on_writing(run: Run) -> dict[str, Any]:
    operations.go_on_writing(batch=_batch(run))
    return {}


_NEXT = _("What comes next is asked for")

define(
    READING,
    title=_("Read the files of an import"),
    steps=[StepDefinition("read", _("Every line is read and compared with what is here"), read)],
)
define(
    APPLYING,
    title=_("Bring a part of an import in"),
    steps=[StepDefinition("bring", _("The part is in"), bring), StepDefinition("go_on", _NEXT, go_on)],
)
define(
    UNDOING,
    title=_("Undo a part of an import"),
    steps=[StepDefinition("take_back", _("The part is undone"), take_back), StepDefinition("go_on", _NEXT, go_on)],
)
define(
    MAILING,
    title=_("Write to people of an import"),
    steps=[
        StepDefinition("write", _("The mails are on their way"), write),
        StepDefinition("go_on", _NEXT, go_on_writing),
    ],
)
