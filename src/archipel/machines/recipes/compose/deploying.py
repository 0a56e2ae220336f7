# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ``deploy`` part of a service: how many, where, with which limits, and the labels of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archipel.machines.recipes import reading as read
from archipel.machines.recipes.compose.left_out import DEPLOY, LeftOut, say_rest
from archipel.machines.recipes.compose.reading import Reading
from archipel.machines.recipes.findings import Place, Unreadable
from archipel.machines.recipes.located import Items, Leaf, Table, Value
from archipel.machines.recipes.reading import Fields

PACE = LeftOut("differently", "containers are replaced one by one, and Archipel itself returns to the former version")
RESTART = LeftOut("differently", "the engine starts again whatever stops")
RESERVED = LeftOut("not_read", "only memory is reserved", grave=False)
PLACES = LeftOut("not_read", "a space stands on one machine, by constraints only", grave=True)
LIMITS = LeftOut("not_read", "limits are memory, cpus and pids", grave=True)


@dataclass(frozen=True)
class Deploy:
    replicas: int
    start_first: bool
    memory_limit: int | None
    cpus_limit: float | None
    processes_limit: int | None
    memory_reserved: int | None
    constraints: tuple[str, ...]
    labels: Mapping[str, str | None]
    label_places: Mapping[str, Place]

    def of_service(self) -> dict[str, Any]:
        """Return the fields of ``machines.ports.Service`` this part fills."""
        left = {"labels", "label_places"}
        return {name: value for name, value in vars(self).items() if name not in left}


def read_deploy(fields: Fields, reading: Reading) -> Deploy:
    """Return what ``deploy`` says; its defaults when there is none."""
    fields.take("mode", _mode, "replicated")
    _endpoint(fields, reading)
    _restart(fields.below("restart_policy"), reading)
    resources = fields.below("resources")
    limits, reserved = resources.below("limits"), resources.below("reservations")
    placement, update = fields.below("placement"), fields.below("update_config")
    labels = fields.take("labels", read.pairs, {})
    deploy = Deploy(
        replicas=fields.take("replicas", _replicas, 1),
        start_first=update.take("order", _order, False),
        memory_limit=limits.take("memory", read.size, None),
        cpus_limit=limits.take("cpus", read.cpus, None),
        processes_limit=limits.take("pids", read.whole, None),
        memory_reserved=reserved.take("memory", read.size, None),
        constraints=placement.take("constraints", read.texts, ()),
        labels=labels,
        label_places=_places(fields, labels),
    )
    say_rest(limits, {}, LIMITS)
    say_rest(reserved, {}, RESERVED)
    say_rest(resources, {})
    say_rest(placement, {}, PLACES)
    say_rest(update, {}, PACE)
    say_rest(fields, DEPLOY)
    return deploy


def _places(fields: Fields, labels: Mapping[str, str | None]) -> dict[str, Place]:
    value = fields.value("labels")
    if isinstance(value, Table):
        return {name: value.at(name) for name in labels}
    if isinstance(value, Items):
        words = [child for child in value.values if isinstance(child, Leaf)]
        return {word.text.partition("=")[0].strip(): word.place for word in words}
    return {}


def _mode(value: Value, key: str) -> str:
    mode = read.text(value, key)
    if mode != "replicated":
        raise Unreadable(value.place, key, "replicated is expected: one container on each machine is not a space")
    return mode


def _replicas(value: Value, key: str) -> int:
    count = read.whole(value, key)
    if not 0 < count <= 100:
        raise Unreadable(value.place, key, "from 1 to 100 containers are expected")
    return count


def _order(value: Value, key: str) -> bool:
    order = read.text(value, key)
    if order not in ("start-first", "stop-first"):
        raise Unreadable(value.place, key, "start-first or stop-first is expected")
    return order == "start-first"


def _endpoint(fields: Fields, reading: Reading) -> None:
    mode = fields.take("endpoint_mode", read.text, "dnsrr")
    if mode != "dnsrr":
        reading.notebook.differently(
            fields.at("endpoint_mode"), fields.path("endpoint_mode"), "names lead to the containers themselves (dnsrr)"
        )


def _restart(fields: Fields, reading: Reading) -> None:
    condition = fields.take("condition", read.text, "any")
    if condition == "none":
        reading.notebook.not_read(
            fields.place, fields.path("condition"), "the engine starts again whatever stops: a task done once is a hook",
            grave=True,
        )  # fmt: skip
    say_rest(fields, {}, RESTART)
