# SPDX-License-Identifier: AGPL-3.0-or-later
"""Empty a machine before maintenance, take it back into service, take it out for good."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.machines.models import Machine
from archipel.machines.operations.telling import push_later
from archipel.machines.ports import Load
from archipel.machines.recording import record_machine
from archipel.machines.wiring import spaces_on_machines


class MachineRetired(Refusal):
    """The machine was taken out for good."""

    code = "machine_retired"
    message = _("This machine is retired. Take it back into service first.")


class MachineNotEmpty(Refusal):
    """Spaces live there; ``details`` say how many."""

    code = "machine_not_empty"
    message = _("Spaces still live on this machine: move them first.")

    def __str__(self) -> str:
        count = self.details.get("spaces", 0)
        words = ngettext(
            "%(count)d space still lives on this machine: move it first.",
            "%(count)d spaces still live on this machine: move them first.",
            count,
        )
        return words % {"count": count}


class LastManager(Refusal):
    """Without this machine nothing leads the engine."""

    code = "last_manager"
    message = _("No other machine leads the engine: have another one lead it first.")


def drain_machine(*, machine: Machine, by: Person, at_once: bool = False) -> Machine:
    """Give a machine nothing more; the engine moves away what can move once no space lives there (``MachineRetired``).

    ``at_once``: the engine is told now, and the spaces that live there stop until the machine is back: what does not run cannot be moved.
    """
    with transaction.atomic():
        row = _locked(machine)
        if row.retired_at:
            raise MachineRetired
        if row.draining and (row.drain_all or not at_once):
            return row
        row.draining, row.drain_all = True, at_once
        spaces = _spaces_on(row)
        _save_and_tell(row, "draining", "drain_all")
        stops = at_once and spaces > 0
        record_machine("machine.drained_at_once" if stops else "machine.drained", row, by, spaces=spaces)
    return row


def return_machine(*, machine: Machine, by: Person) -> Machine:
    """Take a machine back into service, drained or retired."""
    with transaction.atomic():
        row = _locked(machine)
        if row.draining or row.retired_at:
            row.draining, row.drain_all, row.retired_at = False, False, None
            _save_and_tell(row, "draining", "drain_all", "retired_at")
            record_machine("machine.returned", row, by)
    return row


def retire_machine(*, machine: Machine, by: Person) -> Machine:
    """Take a machine out for good: nothing is placed there, and the engine forgets it once it is switched off.

    ``MachineNotEmpty`` while spaces live there, ``LastManager`` when nothing else would lead the engine.
    """
    with transaction.atomic():
        row = _locked(machine)
        spaces = _spaces_on(row)
        if spaces:
            raise MachineNotEmpty(spaces=spaces)
        if row.in_engine and row.manager and not _other_managers(row):
            raise LastManager
        if row.retired_at is None:
            row.draining, row.drain_all, row.retired_at, row.lost_at = False, False, clock.now(), None
            _save_and_tell(row, "draining", "drain_all", "retired_at", "lost_at")
            record_machine("machine.retired", row, by)
    return row


def _locked(machine: Machine) -> Machine:
    return Machine.objects.select_for_update(of=("self",)).select_related("site").get(pk=machine.pk)


def _spaces_on(row: Machine) -> int:
    return spaces_on_machines().loads().get(row.public_id, Load()).spaces


def _other_managers(row: Machine) -> bool:
    others: Any = Machine.objects.filter(manager=True, retired_at=None, silent_since=None).exclude(node_id="")
    return bool(others.exclude(pk=row.pk).exists())


def _save_and_tell(row: Machine, *fields: str) -> None:
    row.asked_at = clock.now()
    row.save(update_fields=[*fields, "asked_at"])
    push_later(machine=row)
