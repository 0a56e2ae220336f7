# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is put into a container: volumes, memory, secrets, configurations."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from archipel.machines.ports import FileIn, Mount
from archipel.machines.recipes import reading as read
from archipel.machines.recipes.compose.left_out import say_rest
from archipel.machines.recipes.compose.reading import Reading
from archipel.machines.recipes.findings import Unreadable
from archipel.machines.recipes.located import Leaf, Value
from archipel.machines.recipes.quantities import size_in_bytes
from archipel.machines.recipes.reading import Fields

NO_FOLDER = "a folder of the machine is not given to a container: name a volume, or a config for a file"
NO_NAME = "a volume without a name is lost when its container is replaced: name it"
NOT_DEFINED = "is not defined at the end of the file"
# Compose: secrets and configurations are legible to everyone in the container unless said otherwise.
MODE = 0o444
PATH = re.compile(r"/[^\0:]*")


def mounts_of(service: Fields, reading: Reading) -> tuple[Mount, ...]:
    """Read ``volumes`` and ``tmpfs`` of a service."""
    found = service.take("volumes", read.items, ())
    key = service.path("volumes")
    made = [
        reading.notebook.attempt(partial(_mount, value, f"{key}[{number}]", reading), None)
        for number, value in enumerate(found)
    ]
    memory = service.value("tmpfs")
    if memory is not None:
        made += reading.notebook.attempt(partial(_memories, memory, service.path("tmpfs"), reading), [])
    mounts = tuple(mount for mount in made if mount)
    targets = [mount.target for mount in mounts]
    for mount in mounts:
        if targets.count(mount.target) > 1:
            reading.notebook.wrong(service.at("volumes"), key, f"two mounts stand at {mount.target}")
            return ()
    return mounts


def _mount(value: Value, key: str, reading: Reading) -> Mount | None:
    if isinstance(value, Leaf):
        return _short_mount(value, key, reading)
    fields = Fields(value, key, reading.notebook)
    kind = fields.take("type", read.text, "volume")
    target = _path(fields.take("target", read.text, ""), value, key)
    if kind == "tmpfs":
        memory = fields.below("tmpfs")
        mount = Mount(target=target, size=memory.take("size", read.size, None))
        say_rest(memory, {})
    elif kind == "volume":
        mount = _volume(fields, target, value, reading)
    else:
        raise Unreadable(value.place, key, NO_FOLDER if kind == "bind" else f"the type {kind} is not read")
    say_rest(fields, {})
    return mount


def _volume(fields: Fields, target: str, value: Value, reading: Reading) -> Mount:
    name = fields.take("source", read.text, "")
    mount = Mount(target=target, volume=_known(name, value, fields.key, reading))
    options = fields.below("volume")
    options.take("nocopy", read.flag, False)
    say_rest(options, {})
    return replace(mount, read_only=fields.take("read_only", read.flag, False))


def _short_mount(value: Leaf, key: str, reading: Reading) -> Mount:
    words = value.text.split(":")
    if len(words) == 1:
        raise Unreadable(value.place, key, NO_NAME)
    name, target, *rest = words
    options = set(",".join(rest).split(",")) - {""}
    if unread := sorted(options - {"ro", "rw", "nocopy"}):
        raise Unreadable(value.place, key, f"the option {unread[0]} is not read; ro, rw and nocopy are")
    return Mount(target=_path(target, value, key), volume=_known(name, value, key, reading), read_only="ro" in options)


def _known(name: str, value: Value, key: str, reading: Reading) -> str:
    if name.startswith((".", "/", "~")):
        raise Unreadable(value.place, key, NO_FOLDER)
    if not name:
        raise Unreadable(value.place, key, NO_NAME)
    if name not in reading.volumes:
        raise Unreadable(value.place, key, f"the volume {name} {NOT_DEFINED}")
    return name


def _path(path: str, value: Value, key: str) -> str:
    if not PATH.fullmatch(path) or ".." in path.split("/"):
        raise Unreadable(value.place, key, "a path inside the container is expected, such as /var/lib/app")
    return path.rstrip("/") or "/"


def _memories(value: Value, key: str, reading: Reading) -> list[Mount]:
    children = [value] if isinstance(value, Leaf) else list(read.items(value, key))
    reading.notebook.read(value.place, key)
    return [_memory(child, key, reading) for child in children]


def _memory(value: Value, key: str, reading: Reading) -> Mount:
    path, _, options = read.text(value, key).partition(":")
    size = None
    for option in filter(None, options.split(",")):
        name, _, given = option.partition("=")
        try:
            size = size_in_bytes(given) if name == "size" else size
        except ValueError as error:
            raise Unreadable(value.place, key, f"“{given}” is not a size such as 16M") from error
        if name != "size":
            reading.notebook.not_read(value.place, key, f"the option {name} of a tmpfs is not read")
    return Mount(target=_path(path, value, key), size=size)


def secrets_of(service: Fields, reading: Reading) -> tuple[FileIn, ...]:
    """Read ``secrets`` of a service."""
    return _files(service, "secrets", reading, reading.secrets, "/run/secrets/")


def configs_of(service: Fields, reading: Reading) -> tuple[FileIn, ...]:
    """Read ``configs`` of a service."""
    return _files(service, "configs", reading, reading.configs, "/")


def _files(service: Fields, name: str, reading: Reading, known: Collection[str], folder: str) -> tuple[FileIn, ...]:
    key = service.path(name)
    made = [
        reading.notebook.attempt(partial(_file, value, f"{key}[{number}]", reading, known, folder), None)
        for number, value in enumerate(service.take(name, read.items, ()))
    ]
    return tuple(file for file in made if file)


def _file(value: Value, key: str, reading: Reading, known: Collection[str], folder: str) -> FileIn | None:
    if isinstance(value, Leaf):
        return FileIn(name=_defined(value.text, value, key, known), target=folder + value.text, mode=MODE)
    fields = Fields(value, key, reading.notebook)
    name = _defined(fields.take("source", read.text, ""), value, key, known)
    target = fields.take("target", read.text, name)
    file = FileIn(
        name=name,
        target=_path(target if target.startswith("/") else folder + target, value, key),
        uid=fields.take("uid", read.whole, 0),
        gid=fields.take("gid", read.whole, 0),
        mode=fields.take("mode", read.mode, MODE),
    )
    say_rest(fields, {})
    return file


def _defined(name: str, value: Value, key: str, known: Collection[str]) -> str:
    if name not in known:
        raise Unreadable(value.place, key, f"{name or 'a source'} {NOT_DEFINED}")
    return name
