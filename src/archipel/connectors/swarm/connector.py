# SPDX-License-Identifier: AGPL-3.0-or-later
"""The port of a container engine, filled with Docker Swarm (``machines.ports.Engine``). One machine is a swarm of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from archipel.connectors.swarm import constraints, description, streams
from archipel.connectors.swarm.client import Busy, Client, Managers, Silent
from archipel.connectors.swarm.description import STACK, full_name
from archipel.connectors.swarm.putting import TRIES, Dropping, Putting, Raw, filters
from archipel.connectors.swarm.seen import machine_of, runs, stack_label, stack_of, without
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, UNKNOWN, Availability, MachineSeen, Ran, Stack, StackSeen

BRIDGE = "docker_gwbridge"
AddressOf = Callable[[MachineSeen], str | None]


class SwarmEngine:
    """A swarm, asked through its managers (``addresses``); ``address_of`` says where the engine of another machine answers.

    ``timeout``: seconds of silence after which a call fails; ``patience``: seconds that ``drop`` waits for containers to end.
    """

    def __init__(
        self,
        addresses: str | Sequence[str],
        *,
        address_of: AddressOf | None = None,
        timeout: float = 30,
        patience: float = 30,
    ) -> None:
        named = [addresses] if isinstance(addresses, str) else list(addresses)
        self._managers = Managers([Client(one, timeout=timeout) for one in named])
        self._address_of = address_of or (lambda _machine: None)
        self._timeout = timeout
        self._patience = patience
        self._others: dict[str, Client] = {}

    def __repr__(self) -> str:
        return f"SwarmEngine({[client.address for client in self._managers.clients]!r})"

    # The engine and its machines

    def version(self) -> str:
        return str(self._managers.ask("version")["Version"])

    def machines(self) -> list[MachineSeen]:
        found = [machine_of(node) for node in self._managers.ask("nodes")]
        return sorted(found, key=lambda one: (one.name, one.id))

    def set_availability(self, machine_id: str, availability: Availability) -> None:
        self._change(machine_id, lambda spec: {**spec, "Availability": availability})

    def set_labels(self, machine_id: str, labels: Mapping[str, str]) -> None:
        self._change(machine_id, lambda spec: {**spec, "Labels": dict(labels)})

    def forget(self, machine_id: str) -> None:
        node = self._managers.find("inspect_node", machine_id)
        if node is None:
            return
        if machine_of(node).answers:
            raise RefusedOutside(BAD_INPUT, "this machine answers: drain it, then stop it", about=machine_id)
        if machine_of(node).manager:
            self._change(machine_id, lambda spec: {**spec, "Role": "worker"})
        self._managers.ask("remove_node", machine_id, force=True, about=machine_id)

    def _change(self, machine_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        for _ in range(TRIES):
            node = self._managers.ask("inspect_node", machine_id, about=machine_id)
            spec = change(dict(node["Spec"]))
            if spec == node["Spec"]:
                return
            try:
                self._managers.ask("update_node", machine_id, node["Version"]["Index"], spec, about=machine_id)
                return
            except Busy:
                continue
        raise TryLater("the machine is being changed by somebody else")

    def has_image(self, image: str) -> bool:
        return self._managers.find("inspect_image", image) is not None

    # Stacks

    def put(self, stack: Stack) -> None:
        description.check(stack)
        try:
            machines = self.machines()
            constraints.check(stack, machines)
            Putting(self._managers, self._reachable(machines), stack).go()
        except TryLater as failure:
            raise TryLater(_without(stack, failure.reason), after=failure.after) from None
        except RefusedOutside as failure:
            raise RefusedOutside(failure.code, _without(stack, failure.reason), about=failure.about) from None

    def read(self, name: str) -> StackSeen | None:
        services = self._managers.ask("services", filters=filters(name))
        if not services and not self._has_rest(name):
            return None
        return stack_of(name, services, self._tasks(service=[one["ID"] for one in services]), self._health_of)

    def stacks(self) -> list[StackSeen]:
        by_stack: dict[str, list[Raw]] = defaultdict(list)
        every = {"label": [STACK]}
        for service in self._managers.ask("services", filters=every):
            by_stack[stack_label(service)].append(service)
        for call in ("secrets", "configs", "networks"):
            for one in self._managers.ask(call, filters=every):
                by_stack[stack_label(one)] += []
        tasks = self._tasks()
        return [stack_of(name, services, tasks, self._health_of) for name, services in sorted(by_stack.items())]

    def drop(self, name: str, *, volumes: bool) -> int:
        engines = self._reachable(self.machines(), all_of_them=volumes)
        return Dropping(self._managers, engines, name, patience=self._patience).go(volumes=volumes)

    def leave(self, name: str, machine_id: str) -> int:
        machine = next((one for one in self.machines() if one.id == machine_id), None)
        if machine is None:
            raise RefusedOutside(UNKNOWN, "there is no such machine", about=machine_id)
        if not machine.answers:
            raise TryLater("this machine does not answer", after=300)
        client = self._client_of(machine)
        if client is None:
            raise RefusedOutside(UNKNOWN, "nobody said where the engine of this machine answers", about=machine.name)
        services = self._managers.ask("services", filters=filters(name))
        tasks = self._tasks(service=[one["ID"] for one in services]) if services else {}
        stays = [task for found in tasks.values() for task in found if task.get("DesiredState") == "running"]
        if any(task.get("NodeID") in (machine_id, None, "") for task in stays):
            raise RefusedOutside(BAD_INPUT, "the stack runs on this machine, or may be about to", about=name)
        return Dropping(self._managers, [client], name, patience=self._patience).leave()

    def _has_rest(self, name: str) -> bool:
        calls = ("secrets", "configs", "networks")
        return any(self._managers.ask(call, filters=filters(name)) for call in calls)

    def _tasks(self, **wanted: list[str]) -> dict[str, list[Raw]]:
        """Return tasks by the id of their service."""
        found: dict[str, list[Raw]] = defaultdict(list)
        for task in self._managers.ask("tasks", filters=wanted):
            found[str(task.get("ServiceID"))].append(task)
        return found

    def _health_of(self, task: Raw) -> str:
        """Return what the health check of a container that ended had found, nothing where that is not known."""
        try:
            client = self._engine_of(str(task.get("NodeID")))
            seen = client.find("inspect_container", _container_of(task)) if client and _container_of(task) else None
        except TryLater:
            return ""
        health = ((seen or {}).get("State") or {}).get("Health") or {}
        if health.get("Status") != "unhealthy":
            return ""
        codes = [one.get("ExitCode") for one in health.get("Log") or []]
        return f"unhealthy container: its health check ends with code {codes[-1] if codes else 'none'}"

    # Inside a container

    def run(
        self,
        stack: str,
        service: str,
        command: Sequence[str],
        *,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        user: str = "",
        timeout: float = 60,
    ) -> Ran:
        client, container = self._container(stack, service)
        return streams.run(
            client,
            container,
            command,
            stdin=stdin,
            stdout=stdout,
            environment=environment or {},
            user=user,
            timeout=timeout,
        )

    def read_files(self, stack: str, service: str, path: str, target: IO[bytes]) -> None:
        client, container = self._container(stack, service)
        pieces, _ = client.ask("get_archive", container, path, chunk_size=streams.PIECE, about=path)
        streams.copy(pieces, target, path)

    def write_files(self, stack: str, service: str, path: str, source: IO[bytes]) -> None:
        client, container = self._container(stack, service)
        client.ask("put_archive", container, path, source, about=path)

    def addresses(self, stack: str, service: str) -> list[str]:
        client = self._managers.first
        bridge = client.find("inspect_network", BRIDGE)
        there = (bridge or {}).get("Containers") or {}
        running = [
            _container_of(task) for task in self._running(stack, service) if task.get("NodeID") == client.node_id
        ]
        return sorted(str(there[one]["IPv4Address"]).partition("/")[0] for one in running if one in there)

    def _running(self, stack: str, service: str) -> list[Raw]:
        full = full_name(stack, service)
        found = self._managers.find("inspect_service", full)
        if found is None or stack_label(found) != stack:
            raise RefusedOutside(UNKNOWN, f"there is no service {full} of ours", about=full)
        tasks = self._managers.ask("tasks", filters={"service": found["ID"]})
        running = [task for task in tasks if runs(task) and _container_of(task)]
        return sorted(running, key=lambda task: str(task["CreatedAt"]), reverse=True)

    def _container(self, stack: str, service: str) -> tuple[Client, str]:
        """Return the newest running container of a service and the engine of its machine."""
        running = self._running(stack, service)
        if not running:
            raise TryLater(f"no container of {service} runs")
        task = running[0]
        client = self._engine_of(str(task["NodeID"]))
        if client is None:
            raise RefusedOutside(UNKNOWN, "nobody said where the engine of this machine answers", about=service)
        return client, _container_of(task)

    # Engines by machine

    def _engine_of(self, machine_id: str) -> Client | None:
        machine = next((one for one in self.machines() if one.id == machine_id), None)
        return self._client_of(machine) if machine else None

    def _client_of(self, machine: MachineSeen) -> Client | None:
        found = self._manager_of(machine, lambda client: client.node_id)
        address = "" if found else self._address_of(machine)
        if not address:
            return found or self._manager_of(machine, lambda client: client.node_id_now())
        if address not in self._others:
            self._others[address] = Client(address, timeout=self._timeout)
        return self._others[address]

    def _manager_of(self, machine: MachineSeen, id_of: Callable[[Client], str]) -> Client | None:
        for client in self._managers.clients:
            try:
                if id_of(client) == machine.id:
                    return client
            except Silent:
                continue
        return None

    def _reachable(self, machines: Sequence[MachineSeen], *, all_of_them: bool = False) -> list[Client]:
        """Return the engines of the machines that answer; ``all_of_them``: fail when one of those cannot be asked."""
        found = []
        for machine in machines:
            client = self._client_of(machine) if machine.answers else None
            if client:
                found.append(client)
            elif machine.answers and all_of_them:
                raise RefusedOutside(
                    UNKNOWN, "nobody said where the engine of this machine answers", about=machine.name
                )
        return found


def _container_of(task: Raw) -> str:
    return str(((task["Status"].get("ContainerStatus")) or {}).get("ContainerID") or "")


def _without(stack: Stack, reason: str) -> str:
    """Take out of a sentence what must stay secret: an engine may repeat what it was told."""
    values = [value.decode(errors="ignore") for value in stack.secrets.values()]
    values += [value for service in stack.services for value in service.environment.values()]
    return without([f"={value}" for value in values], reason)
