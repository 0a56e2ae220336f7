# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a stack to the words of Docker's API, without asking anything: names, labels, tasks, and whether a stack can be said at all.

The words are those of version 1.41 of the API: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Service
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import BAD_INPUT, FileIn, Mount, Service, Stack, digest_of

# Labels on everything made here. What has no STACK is not ours, and is never changed or removed.
STACK = "archipel.stack"
DIGEST = "archipel.digest"
SERVICE = "archipel.service"
SERVICES = "archipel.services"
IMAGE = "archipel.image"
LABELS = "archipel.labels"
TASK = "archipel.task"
SEAL = "archipel.seal"
SHARED = "archipel.shared"

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
SERVICE_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# What Docker accepts: 63 signs of a service's name, 64 of a secret's; 500 and 1000 kB of their content.
LONGEST_SERVICE, LONGEST_FILE = 63, 64
MOST_SECRET, MOST_CONFIG = 500 * 1024, 1000 * 1024
NANO = 1_000_000_000
# Between two starts of a container that does not stay up.
PAUSE_SECONDS = 3
MONITOR_SECONDS = 1


@dataclass(frozen=True)
class Found:
    """The ids a description needs: of images, networks, and of files as (id, versioned name)."""

    images: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    configs: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def full_name(stack: str, name: str) -> str:
    return f"{stack}_{name}"


def file_name(stack: str, name: str, content: bytes) -> str:
    """Return the name of one version of a secret or configuration; of a long name, what fits and what tells it apart."""
    room = LONGEST_FILE - len(stack) - 14
    if len(name) > room > 10:
        name = f"{name[: room - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{stack}_{name}_{hashlib.sha256(content).hexdigest()[:12]}"


def check(stack: Stack) -> None:
    """Refuse (``BAD_INPUT``) what no engine could accept, naming it; a secret's content is never named."""
    for problem in _problems(stack):
        raise RefusedOutside(BAD_INPUT, problem, about=stack.name)


def _problems(stack: Stack) -> Iterator[str]:
    if not NAME.fullmatch(stack.name):
        yield "the name of a stack is a DNS label"
    names = [service.name for service in stack.services]
    if len(set(names)) != len(names) or not names:
        yield "a stack has services, each of another name"
    for kind, files, most in (("secret", stack.secrets, MOST_SECRET), ("configuration", stack.configs, MOST_CONFIG)):
        for name, content in files.items():
            if not WORD.fullmatch(name) or len(file_name(stack.name, name, content)) > LONGEST_FILE:
                yield f"the {kind} {name} cannot be called so"
            if not 0 < len(content) <= most:
                yield f"the {kind} {name} is empty or longer than {most} bytes"
    for service in stack.services:
        yield from _problems_of(stack, service)


def _problems_of(stack: Stack, service: Service) -> Iterator[str]:
    if not SERVICE_NAME.fullmatch(service.name) or len(full_name(stack.name, service.name)) > LONGEST_SERVICE:
        yield f"the service {service.name} cannot be called so"
    if not service.image or service.replicas < 0:
        yield f"the service {service.name} needs an image, and no container or more"
    if any(not name or {"=", "\0"} & set(name) or "\0" in value for name, value in service.environment.items()):
        # A name that is none makes the engine repeat the value.
        yield f"the service {service.name} has a variable without a name"
    yield from _problems_inside(stack, service)


def _problems_inside(stack: Stack, service: Service) -> Iterator[str]:
    for mount in service.mounts:
        if mount.volume and mount.volume not in stack.volumes:
            yield f"the service {service.name} mounts {mount.volume}, which is no volume of the stack"
        if not mount.target.startswith("/"):
            yield f"the service {service.name} mounts something at {mount.target}, which is no absolute path"
    for file, known in [(one, stack.secrets) for one in service.secrets] + [
        (one, stack.configs) for one in service.configs
    ]:
        if file.name not in known or not file.target.startswith("/"):
            yield f"the service {service.name} reads {file.name}, which the stack does not have"
    for network in service.networks:
        if network not in {*stack.networks, *stack.shared_networks}:
            yield f"the service {service.name} stands in {network}, which is no network of the stack"


def spec_of(stack: Stack, service: Service, found: Found) -> dict[str, Any]:
    """Return the whole description of a service: name, labels, task, mode, updates and endpoint."""
    task = _task(stack, service, found)
    mark = hashlib.sha256(json.dumps(task, sort_keys=True).encode()).hexdigest()[:24]
    task["ContainerSpec"]["Labels"] = {STACK: stack.name, SERVICE: service.name, TASK: mark}
    spec: dict[str, Any] = {
        "Name": full_name(stack.name, service.name),
        "TaskTemplate": task,
        "Mode": {"Replicated": {"Replicas": service.replicas}},
        "UpdateConfig": {
            "Parallelism": 1,
            "FailureAction": "pause",
            # A container counts as started once it is healthy: what is watched after that is short.
            "Monitor": MONITOR_SECONDS * NANO,
            "Order": "start-first" if service.start_first else "stop-first",
        },
        # No virtual address: kernels without IPVS have none, and a proxy balances by itself.
        "EndpointSpec": {"Mode": "dnsrr", "Ports": [_port(*pair) for pair in service.published]},
    }
    spec["Labels"] = {
        **stack.labels,
        **service.labels,
        STACK: stack.name,
        SERVICE: service.name,
        DIGEST: digest_of(stack),
        SERVICES: " ".join(sorted(one.name for one in stack.services)),
        LABELS: json.dumps(dict(stack.labels), sort_keys=True),
        IMAGE: service.image,
        TASK: mark,
    }
    spec["Labels"][SEAL] = seal_of(spec)
    return spec


def _task(stack: Stack, service: Service, found: Found) -> dict[str, Any]:
    return {
        "ContainerSpec": _container(stack, service, found),
        "Resources": _resources(service),
        "RestartPolicy": {"Condition": "any", "Delay": PAUSE_SECONDS * NANO},
        "Placement": {"Constraints": list(service.constraints)},
        "Networks": [
            # Inside its own networks a service is called by its name; a shared one knows only its full name.
            {"Target": found.networks[name], **({"Aliases": [service.name]} if name in stack.networks else {})}
            for name in service.networks
        ],
    }


def _container(stack: Stack, service: Service, found: Found) -> dict[str, Any]:
    return {
        "Image": found.images[service.image],
        "Command": list(service.entrypoint),
        "Args": list(service.command),
        "Env": sorted(f"{name}={_plain(value)}" for name, value in service.environment.items()),
        "Mounts": [_mount(stack, mount) for mount in service.mounts],
        "Secrets": [_file("Secret", file, *found.secrets[file.name]) for file in service.secrets],
        "Configs": [_file("Config", file, *found.configs[file.name]) for file in service.configs],
        "Hosts": sorted(f"{address} {name}" for name, address in service.hosts.items()),
        "User": service.user,
        "ReadOnly": service.read_only,
        "CapabilityDrop": list(service.capabilities_dropped),
        "CapabilityAdd": list(service.capabilities_added),
        "StopGracePeriod": int(service.stop_grace * NANO),
        **_health(service),
    }


def _plain(value: str) -> str:
    """Return a value that the swarm takes as it is: in an environment it reads ``{{…}}`` as a template of Go."""
    return value.replace("{{", '{{"{{"}}')


def _health(service: Service) -> dict[str, Any]:
    check = service.health
    if check is None:
        return {}
    if not check.command:
        return {"Healthcheck": {"Test": ["NONE"]}}
    times = {"Interval": check.interval, "Timeout": check.timeout, "StartPeriod": check.start_period}
    said = {name: int(seconds * NANO) for name, seconds in times.items()}
    return {"Healthcheck": {"Test": ["CMD", *check.command], "Retries": check.retries, **said}}


def _resources(service: Service) -> dict[str, Any]:
    limits = {
        "MemoryBytes": service.memory_limit,
        "NanoCPUs": int(service.cpus_limit * NANO) if service.cpus_limit else None,
        "Pids": service.processes_limit,
    }
    reserved = {"MemoryBytes": service.memory_reserved}
    return {
        "Limits": {name: value for name, value in limits.items() if value},
        "Reservations": {name: value for name, value in reserved.items() if value},
    }


def _mount(stack: Stack, mount: Mount) -> dict[str, Any]:
    if not mount.volume:
        size = {"TmpfsOptions": {"SizeBytes": mount.size}} if mount.size else {}
        return {"Type": "tmpfs", "Target": mount.target, **size}
    return {
        "Type": "volume",
        "Source": full_name(stack.name, mount.volume),
        "Target": mount.target,
        "ReadOnly": mount.read_only,
        "VolumeOptions": {"Labels": {STACK: stack.name}},
    }


def _file(kind: str, file: FileIn, id_: str, name: str) -> dict[str, Any]:
    place = {"Name": file.target, "UID": str(file.uid), "GID": str(file.gid), "Mode": file.mode}
    return {f"{kind}ID": id_, f"{kind}Name": name, "File": place}


def _port(outside: int, inside: int) -> dict[str, Any]:
    return {"Protocol": "tcp", "PublishMode": "host", "PublishedPort": outside, "TargetPort": inside}


def seal_of(spec: Mapping[str, Any]) -> str:
    """Return what a change by hand would change, the same for what we say and for what an engine repeats of it."""
    task = spec.get("TaskTemplate") or {}
    box, resources = task.get("ContainerSpec") or {}, task.get("Resources") or {}
    limits = resources.get("Limits") or {}
    mounts = [
        (one.get("Type"), one.get("Source") or "", one.get("Target"), bool(one.get("ReadOnly")))
        for one in box.get("Mounts") or []
    ]
    files = [
        (one.get(f"{kind}Name"), (one.get("File") or {}).get("Name"))
        for kind in ("Secret", "Config")
        for one in box.get(f"{kind}s") or []
    ]
    said = [
        [box.get("Image"), box.get("Command") or [], box.get("Args") or [], sorted(box.get("Env") or [])],
        [sorted(mounts), sorted(files), box.get("User") or "", bool(box.get("ReadOnly"))],
        [sorted(one.get("Target") or "" for one in task.get("Networks") or [])],
        [limits.get(name) or 0 for name in ("MemoryBytes", "NanoCPUs", "Pids")],
        sorted((task.get("Placement") or {}).get("Constraints") or []),
        ((spec.get("Mode") or {}).get("Replicated") or {}).get("Replicas"),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:24]
