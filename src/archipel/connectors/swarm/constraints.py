# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which machines a service may stand on: the constraints of Swarm, as far as they can be told from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import BAD_INPUT, NO_ROOM, MachineSeen, Service, Stack

# The expressions of a service's placement: https://docs.docker.com/reference/cli/docker/service/create/#constraint
EXPRESSION = re.compile(
    r"(node\.id|node\.hostname|node\.role|node\.platform\.\w+|(?:node|engine)\.labels\.[\w.-]+)\s*(==|!=)\s*(\S+)"
)


def check(stack: Stack, machines: Iterable[MachineSeen]) -> None:
    """Refuse a stack with a service that no machine could take: ``BAD_INPUT`` for what is no constraint, else ``NO_ROOM``."""
    taking = [one for one in machines if one.answers and one.availability == "active"]
    for service in stack.services:
        if not any(fits(service, machine) for machine in taking):
            said = ", ".join(service.constraints) or "none takes containers now"
            raise RefusedOutside(NO_ROOM, f"no machine suits the service {service.name}: {said}", about=service.name)


def fits(service: Service, machine: MachineSeen) -> bool:
    """Return whether a machine suits all constraints of a service and has the memory it reserves."""
    enough = not service.memory_reserved or service.memory_reserved <= machine.memory
    return enough and all(_holds(one, machine) for one in service.constraints)


def _holds(expression: str, machine: MachineSeen) -> bool:
    found = EXPRESSION.fullmatch(expression.strip())
    if not found:
        raise RefusedOutside(BAD_INPUT, f"this is no constraint: {expression}", about=expression)
    key, sign, value = found.groups()
    if key.startswith(("engine.", "node.platform.")):
        return True
    return (_value(key, machine).lower() == value.lower()) is (sign == "==")


def _value(key: str, machine: MachineSeen) -> str:
    if key.startswith("node.labels."):
        return machine.labels.get(key.removeprefix("node.labels."), "")
    role = "manager" if machine.manager else "worker"
    return {"node.id": machine.id, "node.hostname": machine.name, "node.role": role}[key]
