# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole Compose file: its volumes, networks, secrets and configurations, then its services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from archipel.machines.recipes import reading as read
from archipel.machines.recipes.compose.left_out import TOP, LeftOut, say_rest
from archipel.machines.recipes.compose.reading import ConfigRead, Reading, ServiceRead
from archipel.machines.recipes.compose.services import read_service
from archipel.machines.recipes.findings import Notebook, Unreadable
from archipel.machines.recipes.located import Table, Value
from archipel.machines.recipes.reading import Fields

# The network the proxy stands on; it exists beside the stacks.
FRONT = "archipel-front"
# What Co-op Cloud calls the same.
PROXY = "proxy"
# Compose 3.9 is 3.8 with ``deploy.resources.limits.pids``, which each service of ours has.
OURS = "3.9"
VERSION = re.compile(r"3(?:\.\d)?")
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,40}")
BY_CONTENT = LeftOut("differently", "named by Archipel, anew whenever its content changes")
OPTIONS = LeftOut(
    "not_read", "a volume is a folder of the machine, an own network an overlay, without options", grave=True
)
INTERNAL = LeftOut("differently", "the network is the stack's alone, and its containers may still reach the outside")


@dataclass(frozen=True)
class StackRead:
    """What a Compose file says, before secrets and templates are put in. ``networks`` are the stack's own."""

    services: tuple[ServiceRead, ...]
    volumes: tuple[str, ...]
    networks: tuple[str, ...]
    shared_networks: tuple[str, ...]
    secrets: tuple[str, ...]
    configs: Mapping[str, ConfigRead]


def read_stack(
    tree: Table, *, notebook: Notebook, name: str, values: Mapping[str, str], files: Mapping[str, bytes]
) -> StackRead:
    """Read a Compose file whose variables are replaced. ``files``: content by path, for configurations; all else is noted."""
    reading = Reading(notebook, name, values, files)
    top = Fields(tree, "", notebook)
    _version(top, reading)
    reading.volumes = set(_names(top, "volumes", reading, _volume))
    reading.secrets = set(_names(top, "secrets", reading, _secret))
    for key in _names(top, "networks", reading, _network):
        reading.networks.setdefault(key, key)
    for key in _names(top, "configs", reading, _config):
        reading.configs.setdefault(key, ConfigRead(b"", "", template=False))
    services = _services(top, reading)
    say_rest(top, TOP)
    own = {network for network in reading.networks.values() if network not in reading.shared}
    return StackRead(
        services=services,
        volumes=tuple(sorted(reading.volumes)),
        networks=tuple(sorted(own)),
        shared_networks=tuple(sorted(reading.shared)),
        secrets=tuple(sorted(reading.secrets)),
        configs=reading.configs,
    )


def _version(top: Fields, reading: Reading) -> None:
    version = top.take("version", read.text, "" if reading.own else "3.8")
    if reading.own and version != OURS:
        reading.notebook.wrong(top.at("version"), "version", f"“{OURS}” is expected: 3.8 with a limit of processes")
    elif not VERSION.fullmatch(version):
        reading.notebook.wrong(top.at("version"), "version", "3.8 is expected")


def _services(top: Fields, reading: Reading) -> tuple[ServiceRead, ...]:
    found = top.need("services", read.table, None, "the services of the stack")
    entries = found.entries if found else {}
    made = [read_service(name, value, reading) for name, value in entries.items() if not name.startswith("x-")]
    if found and not made:
        reading.notebook.wrong(top.at("services"), "services", "at least one service is expected")
    return tuple(made)


def _names(top: Fields, part: str, reading: Reading, define: object) -> list[str]:
    """Read what one part of the file defines; ``define`` reads one definition."""
    assert callable(define)
    names = []
    table = top.take(part, read.table, None)
    for name, value in (table.entries if table else {}).items():
        if name.startswith("x-"):
            continue
        key = f"{part}.{name}"
        if not NAME.fullmatch(name):
            reading.notebook.wrong(value.place, key, "letters, digits, hyphens and dots are expected, 41 at most")
            continue
        fields = Fields(value, key, reading.notebook)
        reading.notebook.attempt(partial(define, name, fields, value, reading), None)
        names.append(name)
    return names


def _volume(_name: str, fields: Fields, value: Value, _reading: Reading) -> None:
    if _external(fields):
        raise Unreadable(value.place, fields.key, "a volume of its own is expected, not an external one")
    say_rest(fields, {"labels": BY_CONTENT, "name": BY_CONTENT}, OPTIONS)


def _secret(_name: str, fields: Fields, value: Value, reading: Reading) -> None:
    outside = _external(fields)
    if "file" in fields:
        raise Unreadable(
            fields.at("file"), fields.path("file"), "a secret does not stand in a file: external: true is expected"
        )
    if not outside:
        raise Unreadable(value.place, fields.key, "external: true is expected: secrets are made by Archipel")
    if fields.value("name") is not None:
        reading.notebook.differently(fields.at("name"), fields.path("name"), BY_CONTENT.words)
    say_rest(fields, {"labels": BY_CONTENT})


def _network(name: str, fields: Fields, value: Value, reading: Reading) -> None:
    if _external(fields):
        called = fields.take("name", read.text, name)
        if called == PROXY and not reading.own:
            reading.notebook.differently(value.place, fields.key, f"the proxy's network is {FRONT}")
        elif called != FRONT:
            words = f"the only network beside the stack's own is {FRONT}"
            reading.notebook.not_read(value.place, fields.key, words, grave=True)
        reading.networks[name] = FRONT
        reading.shared.add(FRONT)
    elif fields.take("driver", read.text, "overlay") != "overlay":
        raise Unreadable(fields.at("driver"), fields.path("driver"), "overlay is expected")
    say_rest(fields, {"internal": INTERNAL, "attachable": INTERNAL, "labels": BY_CONTENT, "name": BY_CONTENT}, OPTIONS)


def _config(name: str, fields: Fields, _value: Value, reading: Reading) -> None:
    file = fields.need("file", read.text, "", "the file it is read from")
    driver = fields.take("template_driver", read.text, "")
    if driver not in ("", "golang"):
        raise Unreadable(fields.at("template_driver"), fields.path("template_driver"), "golang is expected")
    path = str(PurePosixPath(file))
    if fields.value("name") is not None:
        reading.notebook.differently(fields.at("name"), fields.path("name"), BY_CONTENT.words)
    say_rest(fields, {"labels": BY_CONTENT})
    if file and path not in reading.files:
        raise Unreadable(fields.at("file"), fields.path("file"), f"there is no file {file} in the recipe")
    reading.configs[name] = ConfigRead(reading.files.get(path, b""), path, template=driver == "golang")


def _external(fields: Fields) -> bool:
    """Return whether something exists outside the stack: ``external: true``, or a mapping with its name (before 3.5)."""
    value = fields.value("external")
    if isinstance(value, Table):
        raise Unreadable(value.place, fields.path("external"), "external: true and name: beside it are expected")
    return fields.take("external", read.flag, False)
