# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what Docker's API answers to what the port speaks of: machines, services, stacks. Asks nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archipel.connectors.swarm.description import DIGEST, IMAGE, LABELS, SEAL, SERVICE, SERVICES, STACK, TASK, seal_of
from archipel.machines.ports import MachineSeen, ServiceSeen, StackSeen

Raw = Mapping[str, Any]
Why = Callable[[Raw], str]
NANO = 1_000_000_000
ENDED = {"failed", "rejected", "orphaned", "complete"}
ROLLING = {"updating", "rollback_started"}


def machine_of(node: Raw) -> MachineSeen:
    spec, about, status = node["Spec"], node.get("Description") or {}, node.get("Status") or {}
    lead = node.get("ManagerStatus") or {}
    resources = about.get("Resources") or {}
    # A manager knows itself by an address that listens everywhere.
    address = status.get("Addr") or ""
    if address in {"", "0.0.0.0", "127.0.0.1"}:  # noqa: S104 - compared, not listened at
        address = str(lead.get("Addr") or address).rsplit(":", 1)[0]
    return MachineSeen(
        id=node["ID"],
        name=str(about.get("Hostname") or ""),
        manager=spec.get("Role") == "manager",
        leader=bool(lead.get("Leader")),
        answers=status.get("State") == "ready" and lead.get("Reachability") != "unreachable",
        # A paused machine takes nothing new either.
        availability="active" if spec.get("Availability") == "active" else "drain",
        address=address,
        cpus=resources.get("NanoCPUs", 0) / NANO,
        memory=int(resources.get("MemoryBytes", 0)),
        labels=dict(spec.get("Labels") or {}),
        engine_version=str((about.get("Engine") or {}).get("EngineVersion") or ""),
    )


def runs(task: Raw) -> bool:
    """Return whether a task runs: Swarm says so once its health check passed."""
    return task.get("DesiredState") == "running" and (task.get("Status") or {}).get("State") == "running"


def current(task: Raw, service: Raw) -> bool:
    """Return whether a task is made from what the service is now, rather than before its last change."""
    return _mark(task["Spec"].get("ContainerSpec") or {}) == _mark(service["Spec"]["TaskTemplate"]["ContainerSpec"])


def _mark(container: Raw) -> str:
    return str((container.get("Labels") or {}).get(TASK, "")) + str(container.get("Image") or "")


def service_of(service: Raw, tasks: Sequence[Raw], why: Why = lambda _task: "") -> ServiceSeen:
    """Return a service from itself and its tasks; ``why`` is asked of the last container that ended without a word."""
    spec = service["Spec"]
    labels, template = spec.get("Labels") or {}, spec["TaskTemplate"]
    now = [task for task in tasks if current(task, service)]
    running = [task for task in now if runs(task)]
    wanted = int(((spec.get("Mode") or {}).get("Replicated") or {}).get("Replicas") or 0)
    before = [task for task in tasks if not current(task, service) and task.get("DesiredState") == "running"]
    rolling = ((service.get("UpdateStatus") or {}).get("State") or "") in ROLLING
    return ServiceSeen(
        name=str(labels.get(SERVICE, spec["Name"])),
        image=str(labels.get(IMAGE) or template["ContainerSpec"].get("Image") or ""),
        wanted=wanted,
        running=len(running),
        machines=tuple(sorted({str(task["NodeID"]) for task in running if task.get("NodeID")})),
        problem=without(template["ContainerSpec"].get("Env") or (), _problem(now, why))
        if len(running) < wanted
        else "",
        settled=not rolling and not before,
        constraints=tuple((template.get("Placement") or {}).get("Constraints") or ()),
    )


def _problem(tasks: Sequence[Raw], why: Why) -> str:
    """Return what was said of the last task that ended, or that finds no machine: a service never ends by itself."""
    told = [task for task in tasks if task["Status"]["State"] in ENDED or task["Status"].get("Err")]
    if not told:
        return ""
    last = max(told, key=lambda task: str(task["Status"].get("Timestamp", "")))
    code = (last["Status"].get("ContainerStatus") or {}).get("ExitCode") or 0
    return str(last["Status"].get("Err") or "") or why(last) or f"the container ended with code {code}"


def without(environment: Sequence[str], words: str) -> str:
    """Take values of variables out of a sentence: some are secret, and an engine may repeat them."""
    for value in sorted((one.partition("=")[2] for one in environment), key=len, reverse=True):
        words = words.replace(value, "…") if len(value) > 3 else words
    return words


def stack_of(
    name: str, services: Sequence[Raw], tasks: Mapping[str, Sequence[Raw]], why: Why = lambda _task: ""
) -> StackSeen:
    """Return a stack; its digest only when all its services are there, as they were last put."""
    seen = [service_of(one, tasks.get(one["ID"], ()), why) for one in services]
    labels = _labels(services[0]) if services else {}
    return StackSeen(name, tuple(sorted(seen, key=lambda one: one.name)), _digest(services), labels)


def _labels(service: Raw) -> Mapping[str, str]:
    """Return the labels of the stack as they were written down; nothing where a hand changed them into something else."""
    try:
        found = json.loads((service["Spec"].get("Labels") or {}).get(LABELS) or "{}")
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _digest(services: Sequence[Raw]) -> str:
    digests = {(one["Spec"].get("Labels") or {}).get(DIGEST, "") for one in services}
    named = {(one["Spec"].get("Labels") or {}).get(SERVICES, "") for one in services}
    there = " ".join(sorted((one["Spec"].get("Labels") or {}).get(SERVICE, "") for one in services))
    as_put = all((one["Spec"].get("Labels") or {}).get(SEAL) == seal_of(one["Spec"]) for one in services)
    return str(next(iter(digests))) if len(digests) == 1 and named == {there} and as_put else ""


def stack_label(thing: Raw) -> str:
    """Return of which stack a thing is, nothing when we did not make it."""
    labels = (thing.get("Spec") or thing).get("Labels") or {}
    return str(labels.get(STACK) or "")
