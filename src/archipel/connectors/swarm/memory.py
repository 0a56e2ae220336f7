# SPDX-License-Identifier: AGPL-3.0-or-later
"""Machines, containers and their files in memory, for the engine of ``fake``."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import UNKNOWN, MachineSeen, Ran, Service, Stack

GIB = 1024**3


@dataclass(frozen=True)
class Call:
    """A command as a program in memory sees it. ``files`` may be read and written: absolute path, content."""

    stack: str
    service: str
    command: tuple[str, ...]
    stdin: bytes
    environment: Mapping[str, str]
    files: Files


Program = Callable[[Call], Ran]


class Files:
    """The files of a container: its own, lost with it, and those of its volumes, which stay on their machine."""

    def __init__(self, volumes: Mapping[str, dict[str, Entry]]) -> None:
        # By the place of their mount; a container's own are at "".
        self._places: dict[str, dict[str, Entry]] = {"": {"/tmp": Entry(_folder("/tmp"))}, **volumes}  # noqa: S108 - a place inside a container of memory

    def _place(self, path: str) -> dict[str, Entry]:
        held = [place for place in self._places if place and (path == place or path.startswith(place + "/"))]
        return self._places[max(held, key=len, default="")]

    def __getitem__(self, path: str) -> bytes:
        return self._place(path)[path].content

    def __setitem__(self, path: str, content: bytes) -> None:
        info = tarfile.TarInfo(path)
        info.size = len(content)
        self._place(path)[path] = Entry(info, content)

    def __contains__(self, path: str) -> bool:
        return path in self._place(path) or path in self._places or path == "/" or self._has_below(path)

    def _has_below(self, path: str) -> bool:
        return any(name.startswith(path.rstrip("/") + "/") for name in self._names())

    def _names(self) -> list[str]:
        return [name for place in self._places.values() for name in place]

    def write_tar(self, path: str, target: IO[bytes]) -> None:
        """Write a file, or a folder with all below it, as an engine does: named from its own last name on."""
        if path not in self:
            raise RefusedOutside(UNKNOWN, f"there is no {path} in the container", about=path)
        top, parent = path.rstrip("/"), str(PurePosixPath(path).parent)
        with tarfile.open(fileobj=target, mode="w|") as archive:
            if top not in self._names():
                archive.addfile(_folder(_below(top, parent)))
            for name in sorted(self._names()):
                if name == top or name.startswith(top + "/"):
                    entry = self._place(name)[name]
                    archive.addfile(_renamed(entry.info, _below(name, parent)), io.BytesIO(entry.content))

    def read_tar(self, path: str, source: IO[bytes]) -> None:
        if path not in self:
            raise RefusedOutside(UNKNOWN, f"there is no {path} in the container", about=path)
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            for info in archive:
                file = archive.extractfile(info) if info.isreg() else None
                name = str(PurePosixPath(path) / info.name)
                if name != path:
                    self._place(name)[name] = Entry(_renamed(info, name), file.read() if file else b"")


@dataclass(frozen=True)
class Entry:
    info: tarfile.TarInfo
    content: bytes = b""


def _folder(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info


def _renamed(info: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    return info.replace(name=name, deep=False)


def _below(name: str, parent: str) -> str:
    return str(PurePosixPath(name).relative_to(parent))


@dataclass
class Container:
    """One running container of a service."""

    machine: str
    service: Service
    files: Files
    secrets: Mapping[str, bytes]


@dataclass
class Kept:
    """A stack as it was last put; ``whole``: every service of it was made."""

    stack: Stack
    digest: str
    whole: bool = True
    containers: dict[str, list[Container]] = field(default_factory=dict)
    services: tuple[Service, ...] = ()


def a_machine(number: int) -> MachineSeen:
    name = f"machine-{number}"
    return MachineSeen(
        id=f"m{number}",
        name=name,
        manager=True,
        leader=number == 1,
        answers=True,
        availability="active",
        address=f"192.168.77.{number}",
        cpus=2.0,
        memory=8 * GIB,
        engine_version="20.10.24",
    )


def _cat(call: Call) -> Ran:
    content = b""
    for path in call.command[1:]:
        if path not in call.files:
            return Ran(1, b"", f"cat: {path}: No such file or directory\n".encode())
        content += call.files[path]
    return Ran(0, content if len(call.command) > 1 else call.stdin)


def _printenv(call: Call) -> Ran:
    found = [call.environment[name] for name in call.command[1:] if name in call.environment]
    return Ran(0 if found else 1, "".join(f"{value}\n" for value in found).encode())


def _tee(call: Call) -> Ran:
    call.files[call.command[1]] = call.stdin
    return Ran(0, call.stdin)


PROGRAMS: dict[str, Program] = {
    "cat": _cat,
    "printenv": _printenv,
    "tee": _tee,
    "true": lambda _call: Ran(0),
    "false": lambda _call: Ran(1),
}


def ran(programs: Mapping[str, Program], call: Call) -> Ran:
    program = programs.get(call.command[0]) if call.command else None
    if program is None:
        return Ran(127, b"", f"{' '.join(call.command[:1])}: not found\n".encode())
    return program(call)


def secrets_of(stack: Stack, service: Service) -> dict[str, bytes]:
    """Return what a container of a service reads, by path."""
    return {
        file.target: contents[file.name]
        for files, contents in ((service.secrets, stack.secrets), (service.configs, stack.configs))
        for file in files
    }
