# SPDX-License-Identifier: AGPL-3.0-or-later
"""As much of an engine as machines need, in memory: what it sees, what it was told, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, UNKNOWN, Availability, Load, MachineSeen, SpaceThere

NAMED = "tests.machines.engine.the_engine"
ABSENT = "tests.machines.engine.no_engine"
LOADED = "tests.machines.engine.the_loads"
GIGABYTE = 10**9


class FakeEngine:
    """Nodes by id; ``silent`` makes every call fail, ``told`` lists what was asked of it."""

    def __init__(self) -> None:
        self.nodes: dict[str, MachineSeen] = {}
        self.silent = False
        self.told: list[tuple[str, ...]] = []

    def add(self, name: str, *, node: str = "", **more: Any) -> MachineSeen:
        values: dict[str, Any] = {
            "id": node or f"node-{name}", "name": name, "manager": True, "leader": False, "answers": True,
            "availability": "active", "address": "192.0.2.1", "cpus": 4, "memory": 16 * GIGABYTE, "engine_version": "26.1",
        } | more  # fmt: skip
        seen = MachineSeen(**values)
        self.nodes[seen.id] = seen
        return seen

    def change(self, node: str, **changes: Any) -> None:
        self.nodes[node] = replace(self.nodes[node], **changes)

    def version(self) -> str:
        return "26.1"

    def machines(self) -> list[MachineSeen]:
        if self.silent:
            raise TryLater("the engine does not answer")
        return sorted(self.nodes.values(), key=lambda one: one.name)

    def set_availability(self, machine_id: str, availability: Availability) -> None:
        self._known(machine_id)
        self.told.append(("availability", machine_id, availability))
        self.change(machine_id, availability=availability)

    def set_labels(self, machine_id: str, labels: Mapping[str, str]) -> None:
        self._known(machine_id)
        self.told.append(("labels", machine_id, ",".join(f"{name}={labels[name]}" for name in sorted(labels))))
        self.change(machine_id, labels=dict(labels))

    def forget(self, machine_id: str) -> None:
        self._known(machine_id)
        if self.nodes[machine_id].answers:
            raise RefusedOutside(BAD_INPUT, "the node answers")
        self.told.append(("forget", machine_id))
        del self.nodes[machine_id]

    def _known(self, machine_id: str) -> None:
        if self.silent:
            raise TryLater("the engine does not answer")
        if machine_id not in self.nodes:
            raise RefusedOutside(UNKNOWN, "no such node")


class FakeLoads:
    """What lives where, as a test says it."""

    def __init__(self) -> None:
        self.by_machine: dict[str, Load] = {}

    def loads(self) -> dict[str, Load]:
        return dict(self.by_machine)

    def on(self, machine_id: str, *, limit: int) -> list[SpaceThere]:
        count = self.by_machine.get(machine_id, Load()).spaces
        return [SpaceThere(f"s{n}", f"Espace {n}", "Le Lavoir", f"/desk/spaces/s{n}/") for n in range(count)][:limit]

    def spaces_url(self, machine_id: str) -> str:
        return f"/desk/machine-spaces/{machine_id}/"


_here: dict[str, Any] = {}


def reset() -> tuple[FakeEngine, FakeLoads]:
    """Return a new engine and new loads, those the settings lead to from now on."""
    _here.update(engine=FakeEngine(), loads=FakeLoads())
    return _here["engine"], _here["loads"]


def the_engine() -> FakeEngine:
    return _here["engine"]  # type: ignore[no-any-return]  # kept by name


def the_loads() -> FakeLoads:
    return _here["loads"]  # type: ignore[no-any-return]  # kept by name


def no_engine() -> None:
    return None
