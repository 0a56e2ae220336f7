# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes wrong around a container engine: it is said, nothing is doubled, nothing of others is touched, again completes."""

from __future__ import annotations

import io
import tarfile
import time
from dataclasses import replace

import pytest
from docker.types import EndpointSpec

from archipel.connectors.swarm.connector import SwarmEngine
from archipel.connectors.swarm.fake import FakeEngine
from archipel.connectors.swarm.seen import stack_of
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import NO_ROOM, NOT_OURS, HealthCheck, digest_of
from tests.connectors.swarm.relay import Deaf, Parrot, relay
from tests.connectors.swarm.test_contract import refused
from tests.connectors.swarm.worlds import IMAGE, OTHER, a_service, a_stack, images, runs, tar_of, until, up
from tests.engine.daemon import engine, why_not

SICK = HealthCheck(("false",), interval=0.3, timeout=1, retries=2, start_period=0)
MIB = 1024**2


def objects(daemon, name: str) -> dict[str, list[str]]:
    """Return the names of all that is there of a stack."""
    client, mine = daemon.client.api, {"label": f"archipel.stack={name}"}
    return {
        "services": sorted(one["Spec"]["Name"] for one in client.services(filters=mine)),
        "secrets": sorted(one["Spec"]["Name"] for one in client.secrets(filters=mine)),
        "configs": sorted(one["Spec"]["Name"] for one in client.configs(filters=mine)),
        "networks": sorted(one["Name"] for one in client.networks(filters=mine)),
    }


class Endless(io.RawIOBase):
    """Zeros, as many as asked for, never held."""

    def __init__(self, count: int) -> None:
        self._left = count

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        piece = min(self._left, count if count >= 0 else self._left)
        self._left -= piece
        return bytes(piece)


@pytest.mark.parametrize("fault", ["silent", "refusing", "full", "lost", "half"])
def test_in_memory_a_put_that_failed_completes_when_called_again(fault):
    fake = FakeEngine(images=[IMAGE])
    stack = a_stack("s-1", a_service(), a_service("second", mounts=()))
    fake.fail(fault)
    with pytest.raises((TryLater, RefusedOutside)):
        fake.put(stack)
    assert fake.calls == ["put"]
    fake.heal()
    assert (fake.read("s-1") is not None) is (fault in {"lost", "half"})
    assert not (fault == "half" and fake.read("s-1").digest)

    fake.put(stack)

    assert fake.read("s-1").digest == digest_of(stack)
    assert fake.read("s-1").runs


def test_in_memory_faults_come_at_the_call_that_was_said():
    fake = FakeEngine(images=[IMAGE])
    fake.fail("silent", nth=2, times=1)
    fake.version()
    with pytest.raises(TryLater):
        fake.version()
    assert fake.version() == "20.10.24"


def test_in_memory_what_is_sick_says_why_and_what_died_comes_back_elsewhere():
    fake = FakeEngine(images=[IMAGE], machines=2)
    fake.sick["s-1", "web"] = "unhealthy container"
    fake.put(a_stack("s-1"))
    assert (fake.read("s-1").service("web").running, fake.read("s-1").service("web").problem) == (
        0,
        "unhealthy container",
    )
    fake.sick.clear()
    fake.put(a_stack("s-1"))
    fake.run("s-1", "web", ["tee", "/pages/page"], stdin=io.BytesIO(b"here"))

    (first,) = fake.read("s-1").service("web").machines
    fake.lose(first)

    (second,) = fake.read("s-1").service("web").machines
    assert {first, second} == {"m1", "m2"}
    assert fake.run("s-1", "web", ["cat", "/pages/page"]).code == 1
    fake.forget(first)
    assert [one.id for one in fake.machines()] == [second]


def test_in_memory_the_service_of_somebody_else_is_left_alone():
    fake = FakeEngine(images=[IMAGE])
    fake.foreign.add("s-1_web")
    assert refused(fake.put, a_stack("s-1")) == NOT_OURS
    assert fake.read("s-1") is None


@pytest.mark.parametrize("written", ["{", "[]", "null", "1"])
def test_a_label_that_a_hand_changed_hides_no_stack(written):
    labels = {"archipel.stack": "s-1", "archipel.service": "web", "archipel.labels": written}
    task = {"ContainerSpec": {"Image": IMAGE}}
    raw = {"ID": "1", "Spec": {"Name": "s-1_web", "Labels": labels, "TaskTemplate": task}}
    seen = stack_of("s-1", [raw], {})
    assert (seen.labels, seen.digest, [one.name for one in seen.services]) == ({}, "", ["web"])


@pytest.mark.server
def test_a_silent_engine_is_given_up_in_time(tmp_path):
    deaf = SwarmEngine(Deaf(tmp_path / "deaf.sock").address, timeout=0.3)
    nobody = SwarmEngine(f"unix://{tmp_path / 'nobody.sock'}")
    began = time.monotonic()
    for asked in (deaf, nobody):
        for call in (asked.version, asked.machines, asked.stacks):
            with pytest.raises(TryLater):
                call()
        with pytest.raises(TryLater):
            asked.put(a_stack("s-1"))
    assert time.monotonic() - began < 5


@pytest.mark.server
def test_a_container_that_never_becomes_healthy_is_told_and_mended(swarm, name):
    swarm.put(a_stack(name, a_service(health=SICK)))
    until(lambda: "unhealthy" in swarm.read(name).service("web").problem)
    assert swarm.read(name).service("web").running == 0
    assert not swarm.read(name).runs

    up(swarm, a_stack(name))
    assert swarm.read(name).service("web").problem == ""
    swarm.drop(name, volumes=True)


@pytest.mark.server
def test_a_check_that_is_off_is_off_for_the_engine_too(swarm, daemon, name):
    up(swarm, a_stack(name, a_service(health=HealthCheck(()))))
    spec = daemon.client.services.get(f"{name}_web").attrs["Spec"]["TaskTemplate"]["ContainerSpec"]
    assert (spec["Healthcheck"]["Test"], swarm.read(name).service("web").running) == (["NONE"], 1)
    swarm.drop(name, volumes=True)


@pytest.mark.server
def test_a_change_that_never_becomes_healthy_is_told_and_taken_back(swarm, name):
    good = up(swarm, a_stack(name))
    swarm.put(a_stack(name, a_service(image=OTHER, health=SICK)))
    until(lambda: "unhealthy" in swarm.read(name).service("web").problem)
    assert not swarm.read(name).runs

    up(swarm, good)
    assert swarm.read(name).digest == digest_of(good)
    swarm.drop(name, volumes=True)


@pytest.mark.server
@pytest.mark.parametrize("fault", ["silent", "lost"])
def test_a_put_cut_off_at_any_call_is_completed_and_never_doubled(daemon, swarm, name, tmp_path, fault):
    asleep = [a_service(replicas=0), a_service("second", replicas=0, mounts=())]
    failed, nth, done = 0, 0, False
    with relay(tmp_path, daemon.address) as between:
        while not done:
            nth += 1
            one = f"{name}-{nth}"
            stack = a_stack(one, *asleep, configs={"words": b"bonjour"})
            asked = SwarmEngine(between.address, timeout=10)
            asked.version()
            between.fail(fault, nth)
            try:
                asked.put(stack)
                done = between.calls < nth
            except TryLater:
                failed += 1
            between.heal()

            asked.put(stack)

            assert swarm.read(one).digest == digest_of(stack)
            there = objects(daemon, one)
            assert there["services"] == [f"{one}_second", f"{one}_web"]
            assert (len(there["secrets"]), len(there["configs"])) == (1, 1)
            assert there["networks"] == [f"{one}_inside"]
            assert swarm.drop(one, volumes=True) == 5
            assert objects(daemon, one) == {"services": [], "secrets": [], "configs": [], "networks": []}
    assert failed >= 8


@pytest.mark.server
def test_an_engine_that_restarts_in_the_middle_finds_everything_again(daemon, swarm, name):
    stack = a_stack(name, a_service(), a_service("second", mounts=()))
    swarm.put(stack)
    daemon.kill()
    with pytest.raises(TryLater):
        swarm.put(stack)
    with pytest.raises(TryLater):
        swarm.read(name)
    daemon.start()

    until(lambda: _tried(swarm.put, stack))
    until(lambda: runs(swarm, name))
    assert objects(daemon, name)["services"] == [f"{name}_second", f"{name}_web"]
    swarm.drop(name, volumes=True)


def _tried(call, *given) -> bool:
    """An engine that has just started leads its swarm a moment later."""
    try:
        call(*given)
    except TryLater:
        return False
    return True


@pytest.mark.server
def test_former_versions_of_a_secret_go(daemon, swarm, name):
    up(swarm, a_stack(name, a_service(mounts=())))
    (before,) = objects(daemon, name)["secrets"]
    up(swarm, a_stack(name, a_service(mounts=()), secrets={"door": b"open"}))
    (after,) = objects(daemon, name)["secrets"]
    assert before != after
    swarm.drop(name, volumes=True)


@pytest.mark.server
def test_what_a_hand_changed_shows_and_is_mended(daemon, swarm, name):
    stack = up(swarm, a_stack(name, a_service(mounts=())))
    daemon.client.services.get(f"{name}_web").update(env=["ADDED=by hand"])
    assert swarm.read(name).digest == ""

    up(swarm, stack)
    assert swarm.read(name).digest == digest_of(stack)
    assert swarm.run(name, "web", ["printenv", "ADDED"]).code == 1
    swarm.drop(name, volumes=True)


@pytest.mark.server
def test_what_somebody_else_made_is_never_changed(daemon, swarm, name):
    client = daemon.client
    client.services.create(IMAGE, name=f"{name}_web", endpoint_spec=EndpointSpec(mode="dnsrr"))
    client.networks.create(f"{name}-b_inside", driver="overlay")
    client.volumes.create(f"{name}-c_pages")
    before = client.services.get(f"{name}_web").attrs["Version"]

    for one in (name, f"{name}-b", f"{name}-c"):
        assert refused(swarm.put, a_stack(one)) == NOT_OURS
        swarm.drop(one, volumes=True)

    assert client.services.get(f"{name}_web").attrs["Version"] == before
    assert client.networks.list(names=[f"{name}-b_inside"])
    assert client.volumes.get(f"{name}-c_pages").name == f"{name}-c_pages"
    assert refused(swarm.run, name, "web", ["true"]) == "unknown"
    client.services.get(f"{name}_web").remove()


@pytest.mark.server
def test_a_secret_stands_in_no_error_and_no_name(tmp_path):
    parrot = SwarmEngine(Parrot(tmp_path / "parrot.sock", "no: sesame-of-the-cellar, sesame-of-the-attic").address)
    service = a_service(environment={"WORD": "sesame-of-the-attic"})
    stack = a_stack("s-1", service, secrets={"door": b"sesame-of-the-cellar"})
    with pytest.raises(RefusedOutside) as told:
        parrot.put(stack)
    assert told.value.reason == "the container engine says: no: …, …"
    assert str(told.value) == "bad_input: the container engine says: no: …, …"
    assert "sesame-of-the-cellar" not in repr(stack)
    nameless = a_stack("s-1", a_service(environment={"": "sesame-of-the-attic"}))
    with pytest.raises(RefusedOutside) as told:
        parrot.put(nameless)
    assert told.value.reason == "the service web has a variable without a name"


@pytest.mark.server
def test_a_command_that_takes_too_long_is_given_up(swarm, name):
    up(swarm, a_stack(name, a_service(mounts=())))
    began = time.monotonic()
    with pytest.raises(TryLater):
        swarm.run(name, "web", ["sleep", "30"], timeout=1)
    assert time.monotonic() - began < 10
    swarm.drop(name, volumes=True)


@pytest.mark.server
def test_a_full_disk_is_told_and_what_was_there_stays():
    if why_not():
        pytest.skip(f"{why_not()}")
    # Twice what the images unpack to, less than what is written below.
    with engine(load=images()[:1], disk=400 * MIB) as small:
        asked = SwarmEngine(small.address)
        up(asked, a_stack("s-1"))
        asked.write_files("s-1", "web", "/pages", tar_of(page=b"kept"))

        assert _refused_at_last(asked) == NO_ROOM
        assert asked.run("s-1", "web", ["cat", "/pages/page"]).output == b"kept"
        assert asked.run("s-1", "web", ["rm", "-f", "/pages/much"]).code == 0
        up(asked, a_stack("s-1", replace(a_service(), environment={"AFTER": "all"})))
        assert asked.run("s-1", "web", ["cat", "/pages/page"]).output == b"kept"


def _refused_at_last(asked: SwarmEngine) -> str:
    """Write a file larger than the disk and return what it was refused with."""
    info = tarfile.TarInfo("much")
    info.size = 500 * MIB
    source = _Joined(io.BytesIO(info.tobuf()), Endless(info.size + 10240))
    return refused(asked.write_files, "s-1", "web", "/pages", source)


class _Joined:
    """One stream after the other."""

    def __init__(self, *parts) -> None:
        self._parts = list(parts)

    def read(self, count: int = -1) -> bytes:
        while self._parts:
            if piece := self._parts[0].read(count):
                return piece
            self._parts.pop(0)
        return b""

    def __iter__(self):
        return iter(lambda: self.read(65536), b"")
