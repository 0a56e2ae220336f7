# SPDX-License-Identifier: AGPL-3.0-or-later
"""The container engine in memory, with faults to order: what a stack is made of, where it stands, files and commands inside."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any, Literal

from archipel.connectors.swarm import constraints, description
from archipel.connectors.swarm.description import full_name
from archipel.connectors.swarm.memory import (
    PROGRAMS,
    Call,
    Container,
    Entry,
    Files,
    Kept,
    Program,
    a_machine,
    ran,
    secrets_of,
)
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import (
    BAD_INPUT,
    NO_IMAGE,
    NO_ROOM,
    NOT_OURS,
    UNKNOWN,
    Availability,
    MachineSeen,
    Ran,
    Service,
    ServiceSeen,
    Stack,
    StackSeen,
    digest_of,
)

Fault = Literal["silent", "refusing", "full", "lost", "half"]
"""``lost``: the call is done, its answer never arrives. ``full``: what writes finds no room. ``half``: ``put`` makes one service."""
CALLS = {
    "version", "machines", "set_availability", "set_labels", "forget", "has_image", "put", "read", "stacks", "drop", "leave",
    "run", "read_files", "write_files", "addresses",
}  # fmt: skip
_WRITES = {"put", "write_files"}


class MemoryEngine:
    """Machines and stacks in dictionaries. Containers are up at once, unless ``sick`` says why they are not.

    ``programs``: what a command does, by its first word. ``foreign``: full names of services that somebody else made.
    """

    def __init__(self, *, images: Iterable[str] = (), machines: int = 1) -> None:
        self.images = set(images)
        self.sick: dict[tuple[str, str], str] = {}
        self.programs: dict[str, Program] = dict(PROGRAMS)
        self.foreign: set[str] = set()
        self._machines = {f"m{number}": a_machine(number) for number in range(1, machines + 1)}
        self._stacks: dict[str, Kept] = {}
        self._volumes: dict[tuple[str, str], dict[str, Entry]] = {}
        self._half = False

    # What tests order

    def lose(self, machine_id: str) -> None:
        """Let a machine die: its containers come back on others that suit them, its volumes are gone with it."""
        self._machines[machine_id] = replace(self._machines[machine_id], answers=False)
        self._volumes = {place: files for place, files in self._volumes.items() if place[0] != machine_id}
        self._settle()

    def restart(self) -> None:
        """Let every container end and begin anew: what was in none of its volumes is lost."""
        for kept in self._stacks.values():
            kept.containers = {}
        self._settle()

    # The port

    def version(self) -> str:
        return "20.10.24"

    def machines(self) -> list[MachineSeen]:
        return self._seen()

    def set_availability(self, machine_id: str, availability: Availability) -> None:
        self._machines[machine_id] = replace(self._machine(machine_id), availability=availability)
        self._settle()

    def set_labels(self, machine_id: str, labels: Mapping[str, str]) -> None:
        self._machines[machine_id] = replace(self._machine(machine_id), labels=dict(labels))
        self._settle()

    def forget(self, machine_id: str) -> None:
        found = self._machines.get(machine_id)
        if found and found.answers:
            raise RefusedOutside(BAD_INPUT, "this machine answers: drain it, then stop it", about=machine_id)
        self._machines.pop(machine_id, None)

    def has_image(self, image: str) -> bool:
        return image in self.images

    def put(self, stack: Stack) -> None:
        description.check(stack)
        constraints.check(stack, self._seen())
        for service in stack.services:
            if service.image not in self.images:
                reason = f"the image {service.image} is not on the machine: load it"
                raise RefusedOutside(NO_IMAGE, reason, about=service.image)
            full = full_name(stack.name, service.name)
            if full in self.foreign:
                raise RefusedOutside(NOT_OURS, f"a service {full} is there that is not ours", about=full)
        before = self._stacks.get(stack.name)
        services = stack.services[:1] if self._half else stack.services
        kept = Kept(stack, digest_of(stack), not self._half, before.containers if before else {}, services)
        self._stacks[stack.name] = kept
        self._settle()
        if self._half:
            raise TryLater("the engine fell silent half-way (ordered)")

    def read(self, name: str) -> StackSeen | None:
        kept = self._stacks.get(name)
        return self._stack_seen(kept) if kept else None

    def stacks(self) -> list[StackSeen]:
        return [self._stack_seen(kept) for _, kept in sorted(self._stacks.items())]

    def drop(self, name: str, *, volumes: bool) -> int:
        kept = self._stacks.pop(name, None)
        stack = kept.stack if kept else None
        removed = len(kept.services) if kept else 0
        removed += len(stack.networks) + len(stack.secrets) + len(stack.configs) if stack else 0
        if volumes:
            gone = [place for place in self._volumes if place[1].startswith(f"{name}_")]
            removed += len(gone)
            for place in gone:
                del self._volumes[place]
        return removed

    def leave(self, name: str, machine_id: str) -> int:
        if not self._machine(machine_id).answers:
            raise TryLater("this machine does not answer")
        kept = self._stacks.get(name)
        standing = [kept.containers.get(one.name, []) for one in kept.services] if kept else []
        if any(not there or machine_id in {one.machine for one in there} for there in standing):
            raise RefusedOutside(BAD_INPUT, "the stack runs on this machine, or may be about to", about=name)
        gone = [place for place in self._volumes if place[0] == machine_id and place[1].startswith(f"{name}_")]
        for place in gone:
            del self._volumes[place]
        return len(gone)

    def run(
        self,
        stack: str,
        service: str,
        command: Sequence[str],
        *,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        user: str = "",  # noqa: ARG002 the port's; nobody signs in to memory, and it never waits
        timeout: float = 60,  # noqa: ARG002
    ) -> Ran:
        container = self._container(stack, service)
        said = stdin.read() if stdin else b""
        known = {**container.service.environment, **(environment or {})}
        done = ran(self.programs, Call(stack, service, tuple(command), said, known, container.files))
        if stdout is not None:
            stdout.write(done.output)
            done = replace(done, output=b"")
        return done

    def read_files(self, stack: str, service: str, path: str, target: IO[bytes]) -> None:
        self._container(stack, service).files.write_tar(path, target)

    def write_files(self, stack: str, service: str, path: str, source: IO[bytes]) -> None:
        self._container(stack, service).files.read_tar(path, source)

    def addresses(self, stack: str, service: str) -> list[str]:
        found = self._stacks.get(stack)
        numbers = itertools.count(3)
        by_service = {
            (name, one.name): [f"172.18.0.{next(numbers)}" for _ in kept.containers.get(one.name, [])]
            for name, kept in sorted(self._stacks.items())
            for one in kept.services
        }
        if found is None or (stack, service) not in by_service:
            raise _unknown(stack, service)
        return by_service[stack, service]

    # Inside

    def _seen(self) -> list[MachineSeen]:
        return sorted(self._machines.values(), key=lambda one: (one.name, one.id))

    def _machine(self, machine_id: str) -> MachineSeen:
        if machine_id not in self._machines:
            raise RefusedOutside(UNKNOWN, "there is no such machine", about=machine_id)
        return self._machines[machine_id]

    def _settle(self) -> None:
        """Bring containers to where they should be, anew when their service, its secrets or their machine changed."""
        taking = [one for one in self._seen() if one.answers and one.availability == "active"]
        for kept in self._stacks.values():
            before, kept.containers = kept.containers, {}
            for service in kept.services:
                suits = [one for one in taking if constraints.fits(service, one)]
                well = suits if (kept.stack.name, service.name) not in self.sick else []
                kept.containers[service.name] = self._containers(
                    kept.stack, service, well, before.get(service.name, [])
                )

    def _containers(
        self, stack: Stack, service: Service, machines: list[MachineSeen], before: list[Container]
    ) -> list[Container]:
        ids = [one.id for one in machines]
        secrets = secrets_of(stack, service)
        same = replace(service, replicas=0, labels={})
        stay = [
            one
            for one in before
            if one.machine in ids and replace(one.service, replicas=0, labels={}) == same and one.secrets == secrets
        ][: service.replicas]
        new = [ids[number % len(ids)] for number in range(service.replicas - len(stay))] if ids else []
        return [*stay, *(self._start(stack, service, machine, secrets) for machine in new)]

    def _start(self, stack: Stack, service: Service, machine: str, secrets: Mapping[str, bytes]) -> Container:
        volumes = {
            mount.target: self._volumes.setdefault((machine, full_name(stack.name, mount.volume)), {})
            for mount in service.mounts
            if mount.volume
        }
        files = Files(volumes)
        for path, content in secrets.items():
            files[path] = content
        return Container(machine, service, files, secrets)

    def _container(self, stack: str, service: str) -> Container:
        kept = self._stacks.get(stack)
        if kept is None or service not in kept.containers:
            raise _unknown(stack, service)
        if not kept.containers[service]:
            raise TryLater(f"no container of {service} runs")
        return kept.containers[service][0]

    def _stack_seen(self, kept: Kept) -> StackSeen:
        services = tuple(self._service_seen(kept, one) for one in sorted(kept.services, key=lambda one: one.name))
        return StackSeen(kept.stack.name, services, kept.digest if kept.whole else "", dict(kept.stack.labels))

    def _service_seen(self, kept: Kept, service: Service) -> ServiceSeen:
        running = kept.containers[service.name]
        problem = self.sick.get(
            (kept.stack.name, service.name), "no suitable node (scheduling constraints not satisfied)"
        )
        return ServiceSeen(
            name=service.name,
            image=service.image,
            wanted=service.replicas,
            running=len(running),
            machines=tuple(sorted({one.machine for one in running})),
            problem=problem if len(running) < service.replicas else "",
            constraints=service.constraints,
        )


def _unknown(stack: str, service: str) -> RefusedOutside:
    full = full_name(stack, service)
    return RefusedOutside(UNKNOWN, f"there is no service {full} of ours", about=full)


class FakeEngine(MemoryEngine):
    """Order faults with ``fail``, end them with ``heal``; ``calls`` remembers what was asked since."""

    def __init__(self, *, images: Iterable[str] = (), machines: int = 1) -> None:
        super().__init__(images=images, machines=machines)
        self.calls: list[str] = []
        self._fault: Fault | None = None
        self._from = self._until = 0

    def fail(self, fault: Fault, *, nth: int = 1, times: int = 1_000_000) -> None:
        """Order a fault from the ``nth`` call on, for ``times`` calls; the count starts again."""
        self._fault, self._from, self._until = fault, nth, nth + times
        self.calls = []

    def heal(self) -> None:
        self._fault = None
        self.calls = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in CALLS:
            return lambda *given, **named: self._faulty(name, found, given, named)
        return found

    def _faulty(self, name: str, call: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.calls.append(name)
        fault = self._fault if self._from <= len(self.calls) < self._until else None
        if fault == "silent":
            raise TryLater("the container engine does not answer (ordered)")
        if fault == "refusing":
            raise RefusedOutside(BAD_INPUT, "the container engine refuses (ordered)")
        if fault == "full" and name in _WRITES:
            raise RefusedOutside(NO_ROOM, "a disk is full (ordered)")
        self._half = fault == "half"
        try:
            done = call(*given, **named)
        finally:
            self._half = False
        if fault == "lost":
            raise TryLater("the answer of the container engine was lost (ordered)")
        return done
