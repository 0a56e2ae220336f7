# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three machines that form one swarm: containers are reached wherever they stand, and a machine may die."""

from __future__ import annotations

import io

import pytest

from archipel.connectors.swarm.connector import SwarmEngine
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, UNKNOWN
from tests.connectors.swarm.test_contract import refused
from tests.connectors.swarm.worlds import OTHER, a_service, a_stack, entries, images, runs, tar_of, until, up
from tests.engine.daemon import engines, why_not

pytestmark = [pytest.mark.server, pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")]


@pytest.fixture(scope="module")
def daemons():
    """Three machines, all of which may lead."""
    with engines(3, load=images()[:1], disk=1 << 30) as three:
        yield three


@pytest.fixture(scope="module")
def swarm(daemons) -> SwarmEngine:
    by_name = {one.name: one.address for one in daemons}
    return SwarmEngine([one.address for one in daemons[:2]], address_of=lambda machine: by_name[machine.name])


def machine(swarm, name: str):
    return next(one for one in swarm.machines() if one.name == name)


def test_three_machines_are_seen_with_their_addresses(swarm):
    assert [(one.name, one.address, one.answers, one.manager) for one in swarm.machines()] == [
        (f"machine-{number}", f"192.168.77.{number}", True, True) for number in (1, 2, 3)
    ]
    assert [one.leader for one in swarm.machines()] == [True, False, False]


def test_commands_and_files_reach_the_machine_of_the_container(daemons, swarm, name):
    third = machine(swarm, "machine-3")
    up(swarm, a_stack(name, a_service(constraints=(f"node.id=={third.id}",))))

    assert swarm.read(name).service("web").machines == (third.id,)
    assert swarm.run(name, "web", ["cat"], stdin=io.BytesIO(b"there and back")).output == b"there and back"
    swarm.write_files(name, "web", "/pages", tar_of(page=b"far"))
    out = io.BytesIO()
    swarm.read_files(name, "web", "/pages/page", out)
    assert entries(out) == {"page": (0o640, 33, 34, b"far")}
    # A proxy on the first machine does not reach what stands on the third by an address.
    assert swarm.addresses(name, "web") == []
    (volume,) = [one.name for one in daemons[2].client.volumes.list() if one.name.startswith(name)]
    assert volume == f"{name}_pages"

    swarm.drop(name, volumes=True)
    assert [one.name for one in daemons[2].client.volumes.list() if one.name.startswith(name)] == []


def test_a_machine_nobody_can_reach_is_said_before_its_volumes_are_forgotten(daemons, swarm, name):
    third = machine(swarm, "machine-3")
    up(swarm, a_stack(name, a_service(constraints=(f"node.id=={third.id}",))))
    alone = SwarmEngine(daemons[0].address)

    assert refused(alone.run, name, "web", ["true"]) == UNKNOWN
    assert refused(alone.drop, name, volumes=True) == UNKNOWN
    assert runs(swarm, name)
    swarm.drop(name, volumes=True)


def test_an_image_missing_on_the_machine_is_told(daemons, swarm, name):
    daemons[0].load(images()[1])
    second = machine(swarm, "machine-2")
    swarm.put(a_stack(name, a_service(image=OTHER, constraints=(f"node.id=={second.id}",))))
    until(lambda: "No such image" in swarm.read(name).service("web").problem)
    daemons[1].load(images()[1])
    until(lambda: runs(swarm, name))
    assert swarm.read(name).service("web").machines == (second.id,)
    swarm.drop(name, volumes=True)


def test_what_keeps_nothing_comes_back_elsewhere_and_a_dead_machine_is_forgotten(daemons, swarm, name):
    third = machine(swarm, "machine-3")
    for other in ("machine-1", "machine-2"):
        swarm.set_availability(machine(swarm, other).id, "drain")
    up(swarm, a_stack(name, a_service(mounts=())))
    assert swarm.read(name).service("web").machines == (third.id,)
    for other in ("machine-1", "machine-2"):
        swarm.set_availability(machine(swarm, other).id, "active")
    assert refused(swarm.forget, third.id) == BAD_INPUT

    daemons[2].kill()

    until(lambda: runs(swarm, name) and swarm.read(name).service("web").machines != (third.id,), 90)
    assert swarm.run(name, "web", ["true"]).code == 0
    until(lambda: _forgotten(swarm, third.id))
    swarm.forget(third.id)
    assert [one.name for one in swarm.machines()] == ["machine-1", "machine-2"]
    assert swarm.drop(name, volumes=True) > 0


def _forgotten(swarm: SwarmEngine, machine_id: str) -> bool:
    """A manager that died counts as one until the others know it no more."""
    try:
        swarm.forget(machine_id)
    except (TryLater, RefusedOutside):
        return False
    return True
