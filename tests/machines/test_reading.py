# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.history.models import Entry
from archipel.host import operations as host_operations
from archipel.kernel import clock
from archipel.machines import operations, queries, tasks
from archipel.machines.models import EngineSeen, Machine
from archipel.machines.ports import Load
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from tests import factories
from tests.machines import engine as fakes

pytestmark = pytest.mark.django_db


def _told() -> list[str]:
    return list(Entry.objects.filter(about_kind="machine").order_by("pk").values_list("what", flat=True))


def _after(**delay: float):
    return time_machine.travel(clock.now() + timedelta(**delay), tick=False)


def test_machine_nobody_declared_appears_as_ours_with_what_the_engine_sees(engine):
    engine.add("sterne", labels={"disk": "fast", "country": "fr", "Strange Name": "x"}, disk=100, disk_free=40)
    assert operations.read_machines() == 1
    row = Machine.objects.get()
    assert (row.name, row.node_id, row.ownership, row.site, row.labels, row.memory_bytes, row.cpus) == (
        "sterne", "node-sterne", "ours", None, {"disk": "fast"}, 16 * 10**9, 4,
    )  # fmt: skip
    assert (row.disk_bytes, row.disk_free_bytes, row.disk_at, row.seen_at) == (100, 40, row.seen_at, row.disk_at)
    assert (_told(), [line.badge for line in queries.today_lines()]) == (["machine.joined"], ["À compléter"])


def test_machine_that_has_not_said_its_name_yet_waits_for_it(engine):
    declared = factories.machine("sterne", node_id="", seen_at=None)
    engine.add("", node="node-sterne")
    engine.add("", node="node-macareux", answers=False)
    operations.read_machines()
    assert (Machine.objects.count(), _told()) == (1, [])
    engine.change("node-sterne", name="sterne")
    operations.read_machines()
    assert Machine.objects.get() == declared
    assert (Machine.objects.get().node_id, _told()) == ("node-sterne", ["machine.joined"])


def test_reading_again_changes_nothing_but_when_it_was_seen(engine):
    engine.add("sterne")
    operations.read_machines()
    drain()
    before = Machine.objects.values().get()
    with _after(minutes=1):
        operations.read_machines()
        drain()
    after = Machine.objects.values().get()
    assert {name for name in before if before[name] != after[name]} == {"seen_at"}
    assert (_told(), len(engine.told)) == (["machine.joined"], 2)


def test_without_an_engine_nothing_happens(settings, host):
    for setting in ("", fakes.ABSENT):
        settings.ENGINE = setting
        assert operations.read_machines() == 0
    assert (EngineSeen.objects.count(), Machine.objects.count()) == (0, 0)


def test_silent_engine_touches_no_machine_and_is_a_line_on_today_after_a_while(engine):
    engine.add("sterne")
    operations.read_machines()
    before = Machine.objects.values().get()
    engine.silent = True
    operations.read_machines()
    assert [line.badge for line in queries.today_lines()] == ["À compléter"]
    with _after(minutes=4):
        operations.read_machines()
        lines = {line.badge: line.verb for line in queries.today_lines()}
    assert lines == {"Moteur muet": "operate", "À compléter": "operate"}
    assert (Machine.objects.values().get(), EngineSeen.objects.get().problem) == (before, "the engine does not answer")
    engine.silent = False
    operations.read_machines()
    assert (EngineSeen.objects.get().silent_since, [line.badge for line in queries.today_lines()]) == (
        None,
        ["À compléter"],
    )


def test_engine_that_names_no_machine_is_silent_and_loses_none(engine):
    engine.add("sterne")
    operations.read_machines()
    engine.nodes.clear()
    with _after(minutes=9):
        assert operations.read_machines() == 0
    assert (Machine.objects.get().silent_since, EngineSeen.objects.get().problem) == (
        None,
        "the engine names no machine",
    )


def test_machine_that_answers_no_more_is_lost_after_the_minutes_of_the_host_and_comes_back(engine, loads):
    site = factories.site()
    engine.add("sterne")
    operations.read_machines()
    row = Machine.objects.get()
    Machine.objects.update(site=site)
    loads.by_machine[row.public_id] = Load(spaces=4, memory=10**9)
    engine.change("node-sterne", answers=False)
    operations.read_machines()
    assert Machine.objects.get().lost_at is None
    with _after(minutes=2, seconds=50):
        operations.read_machines()
        assert Machine.objects.get().lost_at is None
    with _after(minutes=3, seconds=1):
        operations.read_machines()
        operations.read_machines()
        (line,) = queries.today_lines()
    assert (line.badge, line.tone, line.detail) == (
        "Machine perdue", "stop",
        "4 espaces sont hors ligne\u00a0: Espace 0, Espace 1, Espace 2…. Remettez la machine en route, ou restaurez-les ailleurs depuis leurs sauvegardes.",
    )  # fmt: skip
    engine.change("node-sterne", answers=True)
    operations.read_machines()
    row.refresh_from_db()
    assert (row.lost_at, row.silent_since, queries.today_lines()) == (None, None, [])
    assert _told() == ["machine.joined", "machine.lost", "machine.back"]


def test_minutes_before_a_machine_is_lost_are_a_dated_parameter(engine):
    host_operations.set_parameter(key="machine_lost_minutes", value=10)
    engine.add("sterne", answers=False)
    operations.read_machines()
    with _after(minutes=9):
        operations.read_machines()
        assert Machine.objects.get().lost_at is None
    with _after(minutes=11):
        operations.read_machines()
    assert Machine.objects.get().lost_at is not None


def test_machine_the_engine_names_no_more_is_lost_like_one_that_is_silent(engine):
    engine.add("sterne")
    engine.add("macareux")
    operations.read_machines()
    del engine.nodes["node-macareux"]
    operations.read_machines()
    with _after(minutes=4):
        operations.read_machines()
    assert {row.name: row.lost_at is not None for row in Machine.objects.all()} == {"sterne": False, "macareux": True}


def test_machine_that_joins_anew_stays_itself_and_its_former_node_is_forgotten(engine):
    site = factories.site()
    engine.add("sterne")
    operations.read_machines()
    drain()
    Machine.objects.update(site=site, note="clé chez Yann")
    engine.change("node-sterne", answers=False)
    engine.add("sterne", node="node-anew")
    operations.read_machines()
    drain()
    row = Machine.objects.get()
    assert (row.node_id, row.site, row.note, row.silent_since) == ("node-anew", site, "clé chez Yann", None)
    assert (sorted(engine.nodes), _told()) == (["node-anew"], ["machine.joined", "machine.joined_again"])
    assert engine.nodes["node-anew"].labels == {"country": "fr", "ownership": "ours", "site": "concarneau"}


def test_node_left_behind_is_not_a_second_machine(engine):
    engine.add("sterne", node="node-anew")
    operations.read_machines()
    engine.add("sterne", node="node-old", answers=False)
    operations.read_machines()
    assert [row.node_id for row in Machine.objects.all()] == ["node-anew"]


def test_two_machines_that_answer_under_one_name_are_told_apart(engine):
    engine.add("debian", node="aaaaaaaaa")
    engine.add("debian", node="bbbbbbbbb")
    operations.read_machines()
    operations.read_machines()
    assert sorted(Machine.objects.values_list("name", "node_id")) == [
        ("debian", "aaaaaaaaa"), ("debian (bbbbbb)", "bbbbbbbbb"),
    ]  # fmt: skip


def test_machine_declared_before_it_joins_keeps_what_was_said(engine, staff):
    site = factories.site()
    declared = operations.declare_machine(name="sterne", site=site, ownership="lent", owner="La mairie", by=staff)
    engine.add("sterne")
    operations.read_machines()
    row = Machine.objects.get()
    assert (row.pk, row.node_id, row.owner, row.memory_bytes) == (declared.pk, "node-sterne", "La mairie", 16 * 10**9)
    assert queries.today_lines() == []


def test_machine_nobody_of_the_engine_knows_is_never_lost(engine, staff):
    operations.declare_machine(name="boite", site=factories.site(), by=staff)
    engine.add("sterne")
    for minutes in (0, 9):
        with _after(minutes=minutes):
            operations.read_machines()
    assert Machine.objects.get(name="boite").silent_since is None


def test_what_is_drained_in_the_engine_itself_is_taken_over(engine, loads):
    engine.add("sterne")
    operations.read_machines()
    drain()
    engine.change("node-sterne", availability="drain")
    with _after(minutes=5):
        operations.read_machines()
        drain()
    row = Machine.objects.get()
    assert (row.draining, row.drain_all, engine.nodes["node-sterne"].availability) == (True, True, "drain")
    engine.change("node-sterne", availability="active")
    with _after(minutes=10):
        operations.read_machines()
        drain()
    assert (Machine.objects.get().draining, engine.nodes["node-sterne"].availability) == (False, "active")
    assert _told() == ["machine.joined", "machine.drained_elsewhere", "machine.returned_elsewhere"]


def test_what_was_told_a_moment_ago_is_not_taken_for_a_change_of_others(engine, loads, staff):
    engine.add("sterne")
    operations.read_machines()
    drain()
    stale = engine.machines()
    operations.drain_machine(machine=Machine.objects.get(), by=staff)
    drain()
    operations.take_in(seen=stale, at=clock.now())
    drain()
    row = Machine.objects.get()
    assert (row.draining, engine.nodes["node-sterne"].availability) == (True, "drain")


def test_engine_silent_when_told_is_told_again_later(engine, staff):
    engine.add("sterne")
    operations.read_machines()
    drain()
    operations.drain_machine(machine=Machine.objects.get(), by=staff)
    engine.silent = True
    drain()
    waiting = Job.objects.get(name__endswith="push_machine", state="pending")
    assert (waiting.problem, engine.nodes["node-sterne"].availability) == ("later", "active")
    engine.silent = False
    with _after(minutes=10):
        drain()
    assert engine.nodes["node-sterne"].availability == "drain"


def test_every_minute_the_engine_is_asked(engine):
    engine.add("sterne")
    tasks.read_machines.func()
    assert Machine.objects.get().name == "sterne"
