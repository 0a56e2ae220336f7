# SPDX-License-Identifier: AGPL-3.0-or-later
"""A machine that was lost and comes back, after what stood there was put elsewhere."""

from __future__ import annotations

import io
import time

import pytest

from archipel.connectors.swarm.connector import SwarmEngine
from archipel.connectors.swarm.fake import FakeEngine
from archipel.kernel.outside import TryLater
from archipel.machines.ports import BAD_INPUT
from tests.connectors.swarm.test_contract import refused
from tests.connectors.swarm.worlds import IMAGE, a_service, a_stack, images, runs, until, up
from tests.engine.daemon import Daemon, engine, engines, why_not

# Longer than Swarm waits before it starts a container anew.
WATCHED = 12


def on(machine_id: str):
    return a_service(constraints=(f"node.id=={machine_id}",))


def test_in_memory_a_machine_is_left_once_it_answers_and_the_stack_stands_elsewhere(name):
    engine = FakeEngine(images=[IMAGE], machines=2)
    engine.put(a_stack(name, on("m2")))
    assert refused(engine.leave, name, "m2") == BAD_INPUT
    engine.put(a_stack(name, on("m1")))
    assert (engine.leave(name, "m2"), engine.leave(name, "m2")) == (1, 0)
    engine.lose("m2")
    with pytest.raises(TryLater):
        engine.leave(name, "m2")


@pytest.fixture
def daemons() -> list[Daemon]:
    """One that leads and one that works, whose disks outlive them."""
    with engines(2, load=images()[:1], managers=1) as two:
        yield two


def running_there(daemon: Daemon, name: str) -> list[str]:
    return [one.name for one in daemon.client.containers.list() if one.name.startswith(name)]


def volumes_of(daemon: Daemon, name: str) -> list[str]:
    return [one.name for one in daemon.client.volumes.list() if one.name.startswith(name)]


@pytest.mark.server
@pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
def test_machine_that_comes_back_runs_nothing_of_what_was_put_elsewhere_and_is_left(daemons, name):
    stays, dies = daemons
    by_name = {one.name: one.address for one in daemons}
    swarm = SwarmEngine(stays.address, address_of=lambda machine: by_name[machine.name])
    first, second = swarm.machines()
    up(swarm, a_stack(name, on(second.id)))
    swarm.run(name, "web", ["tee", "/pages/page"], stdin=io.BytesIO(b"old"))
    dies.namespace.ip("link", "set", "eth0", "down")
    dies.kill()
    until(lambda: not swarm.machines()[1].answers, 90)

    up(swarm, a_stack(name, on(first.id)))
    swarm.run(name, "web", ["tee", "/pages/page"], stdin=io.BytesIO(b"of the copy"))
    with pytest.raises(TryLater):
        swarm.leave(name, second.id)
    dies.namespace.ip("link", "set", "eth0", "up")
    dies.start()
    end = time.monotonic() + WATCHED
    while time.monotonic() < end or not swarm.machines()[1].answers:
        assert running_there(dies, name) == []
        assert time.monotonic() < end + 90
        time.sleep(0.2)

    assert volumes_of(dies, name) == [f"{name}_pages"]
    assert swarm.read(name).service("web").machines == (first.id,)
    assert refused(swarm.leave, name, first.id) == BAD_INPUT
    assert (swarm.leave(name, second.id), swarm.leave(name, second.id)) == (1, 0)
    assert volumes_of(dies, name) == []
    assert runs(swarm, name)
    assert swarm.run(name, "web", ["cat", "/pages/page"]).output == b"of the copy"


@pytest.mark.server
@pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
def test_an_engine_that_began_its_swarm_anew_is_known_by_its_new_id(name):
    with engine(load=images()[:1]) as one:
        swarm = SwarmEngine(one.address)
        up(swarm, a_stack(name))
        (before,) = swarm.machines()
        assert swarm.run(name, "web", ["true"]).code == 0
        one.client.swarm.leave(force=True)
        one.client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1")

        up(swarm, a_stack(name))

        assert swarm.machines()[0].id != before.id
        assert swarm.run(name, "web", ["true"]).code == 0
        assert swarm.drop(name, volumes=True) > 0
