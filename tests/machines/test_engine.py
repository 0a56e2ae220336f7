# SPDX-License-Identifier: AGPL-3.0-or-later
"""Machines read from three real engines that form a swarm: drained, changed by hand, killed, forgotten, set up anew."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from archipel.connectors.swarm.connector import SwarmEngine
from archipel.kernel import clock
from archipel.machines import operations, queries
from archipel.machines.models import EngineSeen, Machine
from archipel.outbox.worker import drain
from tests import factories
from tests.engine.daemon import Daemon, _join, engines, why_not

pytestmark = [pytest.mark.django_db, pytest.mark.server]
# What the swarm itself needs to notice that a machine is gone.
PATIENCE = 60
_here: dict[str, Any] = {}


def real() -> SwarmEngine:
    engine: SwarmEngine = _here["engine"]
    return engine


def _read() -> None:
    operations.read_machines()
    drain()


def _read_after(minutes: int) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        _read()


def _nodes(what: str) -> dict[str, Any]:
    return {node.name: getattr(node, what) for node in real().machines()}


def _until_silent(row: Machine) -> None:
    end = time.monotonic() + PATIENCE
    while row.silent_since is None:
        assert time.monotonic() < end, "the swarm does not notice that the machine is gone"
        time.sleep(1)
        operations.read_machines()
        row.refresh_from_db()


def test_machines_of_a_real_swarm_live_and_die_as_their_page_says(settings, staff):
    if why_not():
        pytest.skip(f"no engine: {why_not()}")
    settings.ENGINE = f"{__name__}.real"
    with engines(3, managers=2) as made:
        _here["engine"] = SwarmEngine(made[0].address)
        _read()
        third = Machine.objects.get(name="machine-3")
        seen = [(row.name, row.manager, (row.memory_bytes or 0) > 10**8) for row in Machine.objects.order_by("name")]
        assert seen == [("machine-1", True, True), ("machine-2", True, True), ("machine-3", False, True)]
        _is_told(third, staff, made[0])
        _is_lost_and_retired(third, staff, made[2])
        _comes_again(third, made)
        for daemon in made[:2]:
            daemon.kill()
        _read_after(9)
        assert (EngineSeen.objects.get().silent_since is None, Machine.objects.filter(silent_since=None).count()) == (
            False,
            3,
        )


def _is_told(row: Machine, staff: Any, leader: Daemon) -> None:
    """Labels and availability go to the engine; what is done there by hand is taken over."""
    operations.change_machine(machine=row, changes={"site": factories.site(), "labels": "disk=fast"}, by=staff)
    operations.drain_machine(machine=row, by=staff)
    drain()
    told = _nodes("availability"), dict(_nodes("labels")["machine-3"])
    assert told == (
        {"machine-1": "active", "machine-2": "active", "machine-3": "drain"},
        {"country": "fr", "disk": "fast", "ownership": "ours", "site": "concarneau"},
    )  # fmt: skip
    operations.return_machine(machine=row, by=staff)
    drain()
    assert _nodes("availability")["machine-3"] == "active"
    node = leader.client.nodes.get(row.node_id)
    node.update({**node.attrs["Spec"], "Availability": "drain"})
    _read_after(5)
    row.refresh_from_db()
    assert (row.draining, row.drain_all, factories.last_entry().what) == (True, True, "machine.drained_elsewhere")
    operations.return_machine(machine=row, by=staff)
    drain()


def _is_lost_and_retired(row: Machine, staff: Any, daemon: Daemon) -> None:
    daemon.kill()
    _until_silent(row)
    _read_after(4)
    assert [line.badge for line in queries.today_lines()][:1] == ["Machine perdue"]
    operations.retire_machine(machine=row, by=staff)
    drain()
    _read()
    row.refresh_from_db()
    assert (row.node_id, sorted(_nodes("id"))) == ("", ["machine-1", "machine-2"])


def _comes_again(row: Machine, made: list[Daemon]) -> None:
    """The same machine, set up anew: another node, the same name; what is known of it and its labels are there again."""
    made[2].close()
    made[2].start()
    _join(made[2], 2, made[:2], 2)
    _read()
    _read()
    row.refresh_from_db()
    labels = dict(_nodes("labels")["machine-3"])
    assert (row.retired_at, row.site and row.site.name, labels["disk"], factories.last_entry().what) == (
        None, "Concarneau", "fast", "machine.joined_again",
    )  # fmt: skip
