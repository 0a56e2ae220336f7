# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.kernel import clock
from archipel.machines import operations, queries
from archipel.machines.models import Machine
from archipel.machines.operations.draining import LastManager, MachineNotEmpty, MachineRetired
from archipel.machines.ports import Load
from archipel.outbox.worker import drain
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(engine, loads):
    engine.add("sterne")
    engine.add("macareux")
    operations.read_machines()
    drain()
    engine.told.clear()
    Machine.objects.update(site=factories.site())
    return Machine.objects.get(name="sterne")


def test_empty_machine_is_drained_in_the_engine_after_the_transaction(machine, engine, staff):
    operations.drain_machine(machine=machine, by=staff)
    assert engine.told == []
    drain()
    assert ("availability", "node-sterne", "drain") in engine.told
    assert queries.machine_view(Machine.objects.get(pk=machine.pk)).line.standing.key == "empty"
    assert factories.last_entry().what == "machine.drained"


def test_spaces_that_live_there_go_on_until_they_have_moved(machine, engine, loads, staff):
    loads.by_machine[machine.public_id] = Load(2, 10**9)
    operations.drain_machine(machine=machine, by=staff)
    drain()
    assert engine.nodes["node-sterne"].availability == "active"
    view = queries.machine_view(Machine.objects.get(pk=machine.pk))
    (line,) = queries.today_lines()
    assert (view.line.standing.key, [space.title for space in view.spaces]) == ("to_empty", ["Espace 0", "Espace 1"])
    assert (line.badge, line.detail) == (
        "À vider", "2 espaces y vivent et ne bougent pas tout seuls\u00a0: déplacez-les d’abord."
    )  # fmt: skip
    loads.by_machine.clear()
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        operations.read_machines()
        drain()
    assert (engine.nodes["node-sterne"].availability, queries.today_lines()) == ("drain", [])


def test_at_once_the_engine_is_told_although_spaces_stop(machine, engine, loads, staff):
    loads.by_machine[machine.public_id] = Load(2, 10**9)
    operations.drain_machine(machine=machine, by=staff)
    operations.drain_machine(machine=machine, by=staff, at_once=True)
    drain()
    entry = factories.last_entry()
    assert (engine.nodes["node-sterne"].availability, entry.what, entry.details) == (
        "drain", "machine.drained_at_once", {"spaces": 2},
    )  # fmt: skip


def test_asking_twice_is_asking_once(machine, engine, staff):
    operations.drain_machine(machine=machine, by=staff)
    last = factories.last_entry()
    operations.drain_machine(machine=machine, by=staff)
    assert factories.last_entry() == last


def test_machine_that_is_back_takes_containers_again(machine, engine, staff):
    operations.drain_machine(machine=machine, by=staff)
    drain()
    operations.return_machine(machine=machine, by=staff)
    drain()
    row = Machine.objects.get(pk=machine.pk)
    assert (row.draining, engine.nodes["node-sterne"].availability) == (False, "active")
    operations.return_machine(machine=machine, by=staff)
    assert factories.last_entry().what == "machine.returned"


def test_machine_where_spaces_live_is_not_retired(machine, loads, staff):
    loads.by_machine[machine.public_id] = Load(1, 10**9)
    with pytest.raises(MachineNotEmpty) as refusal:
        operations.retire_machine(machine=machine, by=staff)
    assert (refusal.value.code, refusal.value.details, Machine.objects.get(pk=machine.pk).retired_at) == (
        "machine_not_empty", {"spaces": 1}, None,
    )  # fmt: skip


def test_only_machine_that_leads_the_engine_is_not_retired(machine, engine, staff):
    Machine.objects.exclude(pk=machine.pk).update(manager=False)
    with pytest.raises(LastManager):
        operations.retire_machine(machine=machine, by=staff)


def test_retired_machine_is_forgotten_by_the_engine_once_it_is_off(machine, engine, staff):
    operations.retire_machine(machine=machine, by=staff)
    drain()
    operations.read_machines()
    drain()
    assert ("node-sterne" in engine.nodes, engine.nodes["node-sterne"].availability) == (True, "drain")
    engine.change("node-sterne", answers=False)
    operations.read_machines()
    drain()
    row = Machine.objects.get(pk=machine.pk)
    assert (sorted(engine.nodes), row.node_id, row.retired_at is not None) == (["node-macareux"], "", True)
    with time_machine.travel(clock.now() + timedelta(minutes=9), tick=False):
        operations.read_machines()
    assert (Machine.objects.get(pk=machine.pk).lost_at, queries.today_lines()) == (None, [])


def test_retired_machine_is_not_drained_and_comes_back_when_asked(machine, engine, staff):
    operations.retire_machine(machine=machine, by=staff)
    with pytest.raises(MachineRetired):
        operations.drain_machine(machine=machine, by=staff)
    operations.return_machine(machine=machine, by=staff)
    drain()
    row = Machine.objects.get(pk=machine.pk)
    assert (row.retired_at, engine.nodes["node-sterne"].availability) == (None, "active")


def test_node_that_answers_is_never_forgotten(machine, engine):
    operations.forget_node.func(node_id="node-sterne")
    assert "node-sterne" in engine.nodes


def test_engine_that_knows_a_machine_no_more_is_told_nothing(machine, engine):
    del engine.nodes["node-sterne"]
    operations.push_machine.func(machine_id=machine.public_id)
    operations.forget_node.func(node_id="node-sterne")
    assert engine.told == []
