# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read what the engine sees: machines appear, join anew, fall silent, come back. Nothing that was known is ever lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.events import MachineBack, MachineLost
from archipel.machines.labels import all_labels, kept_of
from archipel.machines.models import EngineSeen, Machine
from archipel.machines.operations.telling import forget_later, push_later, wanted_availability
from archipel.machines.ports import Engine, Load, MachineSeen
from archipel.machines.recording import record_machine
from archipel.machines.wiring import engine_here, spaces_on_machines
from archipel.outbox import operations as outbox

# How long after the engine was told something a reading may still show what was before.
SETTLES = timedelta(minutes=2)


def read_machines() -> int:
    """Ask the engine for its machines, take in what it says, and return how many it named; 0 when there is no engine.

    Calls outside before its one transaction. An engine that does not answer changes nothing but since when.
    """
    engine, began = engine_here(), clock.now()
    if engine is None:
        return 0
    try:
        seen, version = engine.machines(), _version(engine)
    except (TryLater, RefusedOutside) as error:
        note_engine_silent(problem=error.reason, at=began)
        return 0
    if not seen:
        # An engine runs somewhere: one that names no machine has lost what it knew, and must not mark all as lost.
        note_engine_silent(problem="the engine names no machine", at=began)
        return 0
    take_in(seen=seen, at=began, version=version)
    return len(seen)


def _version(engine: Engine) -> str:
    return engine.version()[:40]


def note_engine_silent(*, problem: str, at: datetime) -> None:
    """Remember that the engine does not answer, and since when."""
    with transaction.atomic():
        row, _made = EngineSeen.objects.select_for_update().get_or_create(pk=1)
        row.silent_since, row.problem = row.silent_since or at, problem[:200]
        row.save()


@dataclass
class _Reading:
    """One reading: the rows there were, the loads of today, and the minutes a machine may be silent."""

    at: datetime
    rows: list[Machine]
    loads: Mapping[str, Load] = field(default_factory=dict)
    minutes: int = 3


def take_in(*, seen: Sequence[MachineSeen], at: datetime, version: str = "") -> None:
    """Write what the engine saw at ``at``: one row a machine, found by its node, else by its name.

    A machine nobody declared is "ours, site not said"; one that joined anew (other node, same name) stays itself. One
    the engine names no more counts as one that does not answer.
    """
    with transaction.atomic():
        EngineSeen.objects.update_or_create(
            pk=1, defaults={"answered_at": at, "silent_since": None, "problem": "", "version": version}
        )
        rows = list(Machine.objects.select_for_update(of=("self",)).select_related("site").order_by("pk"))
        minutes = int(host.parameter("machine_lost_minutes"))
        reading = _Reading(at, rows, spaces_on_machines().loads(), minutes)
        found = _matched(reading, seen)
        for row, one in found:
            _note(reading, row, one)
        noted = {row.pk for row, _one in found}
        for row in rows:
            if row.in_engine and row.pk not in noted:
                row.silent_since = row.silent_since or at
                row.save(update_fields=["silent_since"])
        for row in [*rows, *(row for row, _one in found if row not in rows)]:
            _conclude(reading, row)


def _matched(reading: _Reading, seen: Sequence[MachineSeen]) -> list[tuple[Machine, MachineSeen]]:
    """Pair what is seen with rows; a node left behind by a machine that joined anew is forgotten."""
    by_node = {row.node_id: row for row in reading.rows if row.in_engine}
    by_name = {row.name: row for row in reading.rows}
    found = {by_node[one.id].pk: (by_node[one.id], one) for one in seen if one.id in by_node}
    # The engine knows the name of a machine an instant after the machine itself, which is found by it: the next reading says it.
    strangers = [one for one in seen if one.id not in by_node and one.name]
    for one in sorted(strangers, key=lambda one: (not one.answers, one.name, one.id)):
        row = by_name.get(one.name)
        taken = found.get(row.pk) if row else None
        if row is None or (taken and taken[1].answers and one.answers):
            row = _appeared(one, reading, taken_name=row is not None)
            by_name[row.name] = row
        elif taken and not one.answers:
            continue  # what is left in the engine of a machine that has joined anew
        else:
            if taken:
                forget_later(node_id=taken[1].id)
            _joined(row, one)
        found[row.pk] = (row, one)
    return list(found.values())


def _appeared(one: MachineSeen, reading: _Reading, *, taken_name: bool) -> Machine:
    """Write down a machine that nobody declared, as the engine has it; two that carry one name are told apart."""
    name = f"{one.name[:90]} ({one.id[:6]})" if taken_name else one.name[:100]
    drained = one.availability == "drain"
    row = Machine.objects.create(
        name=name, node_id=one.id, labels=kept_of(one.labels), draining=drained, drain_all=drained,
        availability=one.availability, created_at=reading.at,
    )  # fmt: skip
    record_machine("machine.joined", row, None)
    return row


def _joined(row: Machine, one: MachineSeen) -> None:
    """Let a known machine have another node: it was declared before, or was set up anew."""
    record_machine("machine.joined_again" if row.in_engine or row.seen_at else "machine.joined", row, None)
    row.node_id, row.availability, row.labels_pushed = one.id, "", {}
    row.retired_at = None
    row.save(update_fields=["node_id", "availability", "labels_pushed", "retired_at"])


def _note(reading: _Reading, row: Machine, one: MachineSeen) -> None:
    row.manager, row.address, row.cpus = one.manager, one.address[:64], one.cpus
    row.memory_bytes, row.engine_version = one.memory, one.engine_version[:40]
    if one.disk is not None and one.disk_free is not None:
        row.disk_bytes, row.disk_free_bytes, row.disk_at = one.disk, one.disk_free, reading.at
    if one.answers:
        row.seen_at = reading.at
        _came_back(row)
        row.silent_since = None
    else:
        row.silent_since = row.silent_since or reading.at
    _follow_availability(reading, row, one)
    row.save()


def _came_back(row: Machine) -> None:
    if row.lost_at:
        row.lost_at = None
        record_machine("machine.back", row, None)
        outbox.announce(MachineBack(machine_id=row.public_id, name=row.name))


def _follow_availability(reading: _Reading, row: Machine, one: MachineSeen) -> None:
    """Take over what somebody changed in the engine itself; what was told lately needs a moment to be seen."""
    wanted = wanted_availability(machine=row, loads=reading.loads)
    changed = row.availability not in {"", one.availability}
    lately = row.asked_at is not None and reading.at - row.asked_at < SETTLES
    if changed and one.availability != wanted and not lately and not row.retired_at:
        row.draining = row.drain_all = one.availability == "drain"
        record_machine("machine.drained_elsewhere" if row.draining else "machine.returned_elsewhere", row, None)
    if not lately:
        row.availability = one.availability


def _conclude(reading: _Reading, row: Machine) -> None:
    """Decide what follows from a reading: a machine is lost, is to be forgotten, or the engine is to be told something."""
    if not row.in_engine:
        return
    if row.retired_at and row.silent_since:
        forget_later(node_id=row.node_id)
    elif row.silent_since and not row.retired_at:
        if not row.lost_at and reading.at - row.silent_since >= timedelta(minutes=reading.minutes):
            mark_lost(machine=row, at=reading.at)
    elif row.availability != wanted_availability(machine=row, loads=reading.loads) or row.labels_pushed != all_labels(
        row
    ):
        push_later(machine=row)


def mark_lost(*, machine: Machine, at: datetime) -> Machine:
    """Say that a machine is lost: it did not answer for as long as the host allows (``machine_lost_minutes``)."""
    with transaction.atomic():
        row = Machine.objects.select_for_update().get(pk=machine.pk)
        if row.lost_at is None:
            row.silent_since, row.lost_at = row.silent_since or at, at
            row.save(update_fields=["silent_since", "lost_at"])
            record_machine("machine.lost", row, None)
            outbox.announce(MachineLost(machine_id=row.public_id, name=row.name, silent_since=row.silent_since))
    return row
