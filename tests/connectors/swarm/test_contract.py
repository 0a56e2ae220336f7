# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every container engine promises, asked of the one in memory and of Docker."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, NO_IMAGE, NO_ROOM, UNKNOWN, FileIn, Mount, Stack, digest_of
from tests.connectors.swarm.worlds import ABSENT, IMAGE, OTHER, a_service, a_stack, entries, runs, tar_of, until, up


def refused(call, *given, **named) -> str:
    with pytest.raises(RefusedOutside) as told:
        call(*given, **named)
    return told.value.code


def cat(engine, name: str, path: str, service: str = "web") -> bytes:
    return engine.run(name, service, ["cat", path]).output


def test_an_engine_says_its_version_and_its_machine(both):
    assert both.version()[0].isdigit()
    (machine,) = both.machines()
    assert (machine.name, machine.manager, machine.leader, machine.answers) == ("machine-1", True, True, True)
    assert machine.availability == "active"
    assert machine.memory > 100_000_000
    assert both.has_image(IMAGE)
    assert not both.has_image(ABSENT)


def test_a_stack_is_read_as_it_was_put(both, name):
    stack = up(both, a_stack(name, a_service(replicas=2)))

    seen = both.read(name)
    assert (seen.name, seen.digest, seen.labels) == (name, digest_of(stack), {"space": name})
    (service,) = seen.services
    (machine,) = both.machines()
    assert (service.name, service.image, service.wanted, service.running) == ("web", IMAGE, 2, 2)
    assert (service.machines, service.problem, service.settled) == ((machine.id,), "", True)
    assert [one.name for one in both.stacks()].count(name) == 1
    assert both.read(f"{name}-other") is None
    both.drop(name, volumes=True)


def test_long_names_and_low_lines_are_taken_as_recipes_write_them(both, name):
    long = "nginx_and_php_fpm_configuration_of_the_front"
    secrets = {f"{long}-app": b"one", f"{long}-web_2": b"one"}
    files = tuple(FileIn(one, f"/run/secrets/{one}") for one in secrets)
    service = a_service("web_2", secrets=files)
    up(both, a_stack(name, service, secrets=secrets))

    assert cat(both, name, f"/run/secrets/{long}-app", "web_2") == b"one"
    assert runs(both, name)
    assert both.drop(name, volumes=True) > 0
    assert both.read(name) is None


def test_the_same_stack_again_starts_nothing_anew(both, name):
    stack = up(both, a_stack(name))
    both.run(name, "web", ["tee", "/tmp/here"], stdin=io.BytesIO(b"still"))

    both.put(stack)

    assert runs(both, name)
    assert cat(both, name, "/tmp/here") == b"still"
    both.drop(name, volumes=True)


def test_a_changed_image_replaces_containers_and_keeps_volumes(both, name):
    up(both, a_stack(name))
    both.run(name, "web", ["tee", "/pages/page"], stdin=io.BytesIO(b"kept"))
    both.run(name, "web", ["tee", "/tmp/here"], stdin=io.BytesIO(b"gone"))

    later = up(both, a_stack(name, a_service(image=OTHER)))

    assert both.read(name).digest == digest_of(later)
    assert both.read(name).service("web").image == OTHER
    assert cat(both, name, "/pages/page") == b"kept"
    assert both.run(name, "web", ["cat", "/tmp/here"]).code == 1
    both.drop(name, volumes=True)


def test_a_changed_secret_reaches_who_reads_it_and_nobody_else(both, name):
    plain = a_service("plain", secrets=(), mounts=())
    up(both, a_stack(name, a_service(), plain))
    both.run(name, "plain", ["tee", "/tmp/here"], stdin=io.BytesIO(b"still"))
    assert cat(both, name, "/run/door") == b"sesame"

    up(both, a_stack(name, a_service(), plain, secrets={"door": b"open"}))

    assert cat(both, name, "/run/door") == b"open"
    assert cat(both, name, "/tmp/here", "plain") == b"still"
    both.drop(name, volumes=True)


def test_configurations_and_environment_are_there(both, name):
    service = a_service(configs=(FileIn("words", "/etc/words.txt", mode=0o444),), environment={"TOWN": "Brest"})
    up(both, a_stack(name, service, configs={"words": b"bonjour"}))

    assert cat(both, name, "/etc/words.txt") == b"bonjour"
    assert both.run(name, "web", ["printenv", "TOWN"]).output == b"Brest\n"
    assert both.run(name, "web", ["printenv", "MORE"], environment={"MORE": "now"}).output == b"now\n"
    both.drop(name, volumes=True)


def test_services_that_a_stack_has_no_more_go(both, name):
    up(both, a_stack(name, a_service(), a_service("second", mounts=())))
    up(both, a_stack(name))

    until(lambda: len(both.read(name).services) == 1)
    assert [one.name for one in both.read(name).services] == ["web"]
    both.drop(name, volumes=True)


def test_a_dropped_stack_keeps_its_volumes_unless_told(both, name):
    stack = up(both, a_stack(name))
    both.run(name, "web", ["tee", "/pages/page"], stdin=io.BytesIO(b"kept"))

    assert both.drop(name, volumes=False) == 3
    assert both.read(name) is None
    up(both, stack)
    assert cat(both, name, "/pages/page") == b"kept"

    assert both.drop(name, volumes=True) == 4
    assert both.drop(name, volumes=True) == 0
    up(both, stack)
    assert both.run(name, "web", ["cat", "/pages/page"]).code == 1
    both.drop(name, volumes=True)


def test_a_machine_a_stack_stands_on_is_not_left(both, name):
    up(both, a_stack(name))
    (here,) = both.machines()

    assert refused(both.leave, name, here.id) == BAD_INPUT
    assert refused(both.leave, name, "never-was") == UNKNOWN
    both.drop(name, volumes=False)
    assert both.leave(name, here.id) == 1
    assert both.leave(name, here.id) == 0


def test_a_command_reads_and_writes_without_holding_all_in_memory(both, name, tmp_path):
    up(both, a_stack(name))
    much = bytes(range(256)) * 40_000
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(much)

    with source.open("rb") as stdin, target.open("wb") as stdout:
        done = both.run(name, "web", ["cat"], stdin=stdin, stdout=stdout)

    assert (done.code, done.output, done.errors) == (0, b"", b"")
    assert target.read_bytes() == much
    failed = both.run(name, "web", ["cat", "/nowhere"])
    assert (failed.code, failed.output) == (1, b"")
    assert failed.errors == b"cat: /nowhere: No such file or directory\n"
    assert both.run(name, "web", ["false"]).code == 1
    assert both.run(name, "web", ["no-such-program"]).code in {126, 127}
    both.drop(name, volumes=True)


def test_files_go_in_and_come_out_with_their_owners_and_modes(both, name):
    up(both, a_stack(name))
    both.write_files(name, "web", "/pages", tar_of(page=b"hello", other=b"\x00\xff"))

    out = io.BytesIO()
    both.read_files(name, "web", "/pages", out)
    assert {path: entry for path, entry in entries(out).items() if path != "pages"} == {
        "pages/page": (0o640, 33, 34, b"hello"),
        "pages/other": (0o640, 33, 34, b"\x00\xff"),
    }
    one = io.BytesIO()
    both.read_files(name, "web", "/pages/page", one)
    assert entries(one) == {"page": (0o640, 33, 34, b"hello")}
    assert refused(both.read_files, name, "web", "/pages/nothing", io.BytesIO()) == UNKNOWN
    assert refused(both.write_files, name, "web", "/nowhere", tar_of(page=b"x")) == UNKNOWN
    both.drop(name, volumes=True)


def test_what_an_engine_cannot_do_is_refused_and_leaves_nothing(both, name):
    assert refused(both.put, a_stack(name, a_service(image=ABSENT))) == NO_IMAGE
    assert refused(both.put, a_stack(name, a_service(constraints=("node.labels.site==moon",)))) == NO_ROOM
    assert refused(both.put, a_stack(name, a_service(constraints=("anywhere",)))) == BAD_INPUT
    assert refused(both.put, a_stack(name, a_service(memory_reserved=1 << 50))) == NO_ROOM
    assert refused(both.put, a_stack(name, a_service(mounts=(Mount("/x", "nothing"),)))) == BAD_INPUT
    assert refused(both.put, a_stack(name, a_service(networks=("elsewhere",)))) == BAD_INPUT
    assert refused(both.put, a_stack(name, secrets={"door": b""})) == BAD_INPUT
    assert refused(both.put, a_stack(name, secrets={})) == BAD_INPUT
    assert refused(both.put, a_stack("Not A Name")) == BAD_INPUT
    assert refused(both.put, Stack(name, ())) == BAD_INPUT
    assert both.read(name) is None


def test_what_is_not_there_is_said(both, name):
    assert refused(both.run, name, "web", ["true"]) == UNKNOWN
    assert refused(both.addresses, name, "web") == UNKNOWN
    assert refused(both.set_labels, "nothing", {}) == UNKNOWN
    both.forget("nothing")
    (machine,) = both.machines()
    assert refused(both.forget, machine.id) == BAD_INPUT
    both.put(a_stack(name, a_service(replicas=0)))
    with pytest.raises(TryLater):
        both.run(name, "web", ["true"])
    assert both.addresses(name, "web") == []
    both.drop(name, volumes=True)


def test_labels_decide_where_a_service_stands(both, name):
    (machine,) = both.machines()
    both.set_labels(machine.id, {"site": "attic"})
    assert both.machines() == [replace(machine, labels={"site": "attic"})]
    up(both, a_stack(name, a_service(constraints=("node.labels.site==attic", f"node.id=={machine.id}"))))
    both.set_labels(machine.id, {})
    both.drop(name, volumes=True)


def test_a_drained_machine_takes_nothing(both, name):
    (machine,) = both.machines()
    up(both, a_stack(name))
    both.set_availability(machine.id, "drain")
    try:
        until(lambda: both.read(name).service("web").running == 0)
        assert both.machines()[0].availability == "drain"
        assert refused(both.put, a_stack(f"{name}-b")) == NO_ROOM
    finally:
        both.set_availability(machine.id, "active")
    until(lambda: runs(both, name))
    both.drop(name, volumes=True)


def test_every_container_has_an_address(both, name):
    up(both, a_stack(name, a_service(replicas=2)))
    addresses = both.addresses(name, "web")
    assert len(set(addresses)) == 2
    assert all(one.count(".") == 3 for one in addresses)
    both.drop(name, volumes=True)
