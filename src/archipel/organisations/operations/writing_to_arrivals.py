# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write to the people of an import who have no passphrase here, when the host asks for it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.kernel.states import MoveRefused
from archipel.organisations.models import Batch, BatchEffect
from archipel.organisations.moving.ledger import MAILING, locked, record, start_procedure
from archipel.organisations.moving.planning import batched

PIECE, AT_ONCE = 200, 20


def write_to_arrivals(*, batch: Batch, by: Person | None = None) -> Batch:
    """Have the worker mail a link to choose a passphrase to each person of an import who has none (``MoveRefused``).

    Repeatable: who was written to is not written to again.
    """
    with transaction.atomic():
        row = locked(batch)
        if row.state != "applied":
            raise MoveRefused(before=row.state, after="applied")
        record(row, "organisations.import_mailed", by)
        _go_on(row, by)
    return row


def write_to_some(*, batch: Batch) -> int:
    """Write to the next 200 people of an import and start the next piece; return how many mails. Repeatable.

    Several transactions of some 20 mails; each notes how far it came.
    """
    written = 0
    keys = list(_left(batch).values_list("pk", flat=True)[:PIECE])
    for some in batched(keys, AT_ONCE):
        with transaction.atomic():
            row = locked(batch)
            if row.mailed_until >= some[-1]:
                continue
            effects = {effect.object_id for effect in row.effects.filter(pk__in=some)}
            for person in Person.objects.filter(pk__in=effects, is_active=True, last_login=None):
                written += identity.send_passphrase_link(person=person)
            row.mailed_until = some[-1]
            row.save(update_fields=["mailed_until"])
    return written


def go_on_writing(*, batch: Batch) -> None:
    """Start the next piece of mails, if there is one. Repeatable."""
    with transaction.atomic():
        _go_on(locked(batch), None)


def _left(batch: Batch) -> QuerySet[BatchEffect]:
    return batch.effects.filter(kind="person", pk__gt=batch.mailed_until).order_by("pk")


def _go_on(row: Batch, by: Person | None) -> None:
    first = _left(row).first()
    if first is not None:
        start_procedure(row, MAILING, f"{row.public_id}.{first.pk}", by)
