# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys of Compose 3.8 that are not read, or done in another way, each with the reason that is shown.

What Docker itself leaves out of a stack: Compose file reference 3.8, notes "ignored when deploying a stack in swarm mode",
and ``docker stack deploy``'s own list of unsupported options.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archipel.machines.recipes.findings import Place
from archipel.machines.recipes.reading import Fields

IGNORED = "Docker leaves it out of a stack as well"


@dataclass(frozen=True)
class LeftOut:
    group: Literal["differently", "not_read"]
    words: str
    grave: bool = False


def _not_read(words: str) -> LeftOut:
    return LeftOut("not_read", words)


def _grave(words: str) -> LeftOut:
    return LeftOut("not_read", words, grave=True)


def _differently(words: str) -> LeftOut:
    return LeftOut("differently", words)


TOP = {"name": _differently("a stack is named after its space")}

SERVICE = {
    "build": _not_read(f"an image is expected, built beforehand; {IGNORED}"),
    "cgroup_parent": _not_read(IGNORED),
    "cgroupns_mode": _not_read(IGNORED),
    "container_name": _not_read(f"the engine names containers; {IGNORED}"),
    "credential_spec": _grave("it is for Windows"),
    "depends_on": _differently("services start together and find one another when they are up; " + IGNORED),
    "devices": _not_read(IGNORED),
    "dns": _grave("names are asked of the engine"),
    "dns_search": _grave("names are asked of the engine"),
    "domainname": _not_read(IGNORED),
    "env_file": _grave("write the variables below environment"),
    "expose": _differently("services of one network reach every port of one another"),
    "extends": _grave("write the service whole"),
    "external_links": _not_read(IGNORED),
    "hostname": _not_read("containers are named by the engine; others find a service by its name"),
    "init": _not_read("the first process of the image is the first process of the container"),
    "ipc": _not_read(IGNORED),
    "isolation": _grave("it is for Windows"),
    "links": _not_read(f"services of one network find one another; {IGNORED}"),
    "logging": _differently("what containers write is kept as the machine's engine is set"),
    "mac_address": _not_read(IGNORED),
    "network_mode": _not_read(IGNORED),
    "pid": _not_read(IGNORED),
    "privileged": _not_read(f"no container gets the rights of its machine; {IGNORED}"),
    "profiles": _grave("a service is part of the stack or not"),
    "restart": _differently("the engine starts again whatever stops; " + IGNORED),
    "runtime": _grave("the engine's own is used"),
    "security_opt": _not_read(IGNORED),
    "shm_size": _not_read(f"mount a tmpfs on /dev/shm; {IGNORED}"),
    "stdin_open": _not_read("nobody types into a container"),
    "stop_signal": _not_read("the image says which signal ends it"),
    "sysctls": _grave("kernel settings are the machine's"),
    "tty": _not_read("nobody looks at a container's terminal"),
    "ulimits": _grave("limits are memory, processors and processes"),
    "userns_mode": _not_read(IGNORED),
    "working_dir": _grave("the folder of the image is used"),
}

DEPLOY = {
    "rollback_config": _differently("a return to the former version is Archipel's own act"),
    "credential_spec": _grave("it is for Windows"),
}

UNKNOWN = _grave("is no key of Compose 3 that is read here")


def say_rest(fields: Fields, known: dict[str, LeftOut], otherwise: LeftOut = UNKNOWN) -> None:
    """Note each key that was not taken, with its reason; ``x-…`` keys hold what anchors share and say nothing."""
    for name, place in fields.rest():
        if not name.startswith("x-"):
            say(fields, name, place, known.get(name, otherwise))


def say(fields: Fields, name: str, place: Place, left: LeftOut) -> None:
    if left.group == "differently":
        fields.notebook.differently(place, fields.path(name), left.words)
    else:
        fields.notebook.not_read(place, fields.path(name), left.words, grave=left.grave)
