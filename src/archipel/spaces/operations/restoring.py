# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restore a space from a back-up: what was written since is lost, so what is there now is copied first if it can be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.machines.wiring import store_of
from archipel.procedures import operations as procedures
from archipel.procedures import queries as procedures_queries
from archipel.procedures import states as procedure_states
from archipel.spaces import bundle, copies
from archipel.spaces.models import Backup, Space
from archipel.spaces.moves import full_title, locked, record
from archipel.spaces.operations.backing_up import back_up_space
from archipel.spaces.operations.drilling import CopyGone
from archipel.spaces.operations.entering import push_people_of
from archipel.spaces.operations.holding import push_effect_of
from archipel.spaces.operations.reconciling import reconcile_soon
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.queries.totals import is_under_way
from archipel.spaces.refusals import NotOpen
from archipel.spaces.specs import spec_of
from archipel.spaces.wiring import connector_of, publishes

RESTORING = "spaces.restore_backup"


class RestoreUnderWay(Refusal):
    """Two restorations of one space would write over each other."""

    code = "restore_under_way"
    message = _("This space is being restored already: look at the procedure.")


class SayThatItIsLost(Refusal):
    """Restoring writes over what is there; whoever asks says that they know."""

    code = "say_that_it_is_lost"
    message = _("Say that you know: what was written since this copy is lost.")
    status = 422


def ask_restore(*, backup: Backup, by: Person, understood: bool) -> Any:
    """Have a space become again what it was in a copy.

    ``NotOpen``, ``CopyGone``, ``SayThatItIsLost``, ``RestoreUnderWay``; ``SpaceUnderWay`` for anything else that is at work on it.
    """
    space = backup.space
    if space.state != "open" or not space.connector:
        raise NotOpen
    if not backup.copy_id or backup.dropped_at or backup.place.closed_at:
        raise CopyGone
    if not understood:
        raise SayThatItIsLost(field="understood")
    with transaction.atomic():
        space = locked(space)
        if space.state != "open":
            raise NotOpen
        before = procedures_queries.of("space", space.public_id, kind=RESTORING)
        if before and before.state in procedure_states.UNFINISHED:
            raise RestoreUnderWay
        if is_under_way(space):
            raise SpaceUnderWay
        procedure = procedures.start(
            kind=RESTORING,
            about_kind="space",
            about_id=space.public_id,
            organisation_id=space.organisation.public_id,
            title=full_title(space),
            context={"backup_id": backup.public_id, "asked_at": clock.now().isoformat()},
            started_by=by.public_id,
        )
        record("space.restore_asked", space, by, taken_at=backup.taken_at.isoformat(), place=backup.place.name)
    return procedure


def keep_present(*, space: Space, backup: Backup, patient: bool) -> dict[str, Any]:
    """Copy what is there now, so that restoring can be undone, and say whether that could be done. Calls outside.

    ``patient``: an application that does not answer is waited for; otherwise it counts as lost.
    """
    try:
        kept = back_up_space(space=space, place=backup.place)
    except TryLater as late:
        if patient:
            raise
        return {"kept": "", "why": late.reason}
    except RefusedOutside as refused:
        return {"kept": "", "why": refused.reason}
    return {"kept": kept.public_id, "why": ""}


def fetch_copy(*, backup: Backup) -> int:
    """Bring a copy back into a work folder and compare it; return how many files. Repeatable; calls outside."""
    folder = copies.fresh_folder(backup.public_id)
    store_of(backup.place).bring_back(backup.copy_id, folder)
    return copies.compare(folder)


def put_back(*, space: Space, backup: Backup) -> None:
    """Fill the space from what was brought back; one that is lost is opened again first. Repeatable; calls outside."""
    connector = connector_of(space)
    folder = copies.existing_folder(backup.public_id)
    connector.open(spec_of(space))
    connector.restore(space.public_id, folder / bundle.CONTENT)
    push_people_of(space=space)
    push_effect_of(space_id=space.public_id)


def mark_restored(*, space: Space, backup: Backup, asked_at: datetime) -> None:
    """Write that a space was restored, have its rows compared with what it shows now. Repeatable."""
    with transaction.atomic():
        row = Backup.objects.select_for_update(of=("self",)).get(pk=backup.pk)
        if row.restored_at is None or row.restored_at < asked_at:
            row.restored_at = clock.now()
            row.save(update_fields=["restored_at"])
            record("space.restored", space, taken_at=backup.taken_at.isoformat(), place=backup.place.name)
        if publishes(space):
            reconcile_soon(space=space)
    copies.drop_folder(backup.public_id)
