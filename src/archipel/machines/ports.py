# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a container engine and a place for back-ups must be able to do. No Django here; connectors fill these Protocols.

Every call may be repeated (*ensure*, never *create*), and fails only with ``TryLater`` or ``RefusedOutside``
(``archipel.kernel.outside``). Sizes are bytes, times seconds, instants aware and UTC. Only the worker holds an engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Literal, Protocol

Availability = Literal["active", "drain"]

# Codes of RefusedOutside an engine answers with.
NO_IMAGE = "no_image"  # the image is neither on the machine nor where it could be fetched
NO_ROOM = "no_room"  # a disk is full, or no machine satisfies the constraints of a service
UNKNOWN = "unknown"  # no such machine, stack, service or path
NOT_OURS = "not_ours"  # something of that name is there, and Archipel did not make it
BAD_INPUT = "bad_input"  # the engine does not accept what a recipe says


@dataclass(frozen=True)
class MachineSeen:
    """A machine as the engine sees it now. ``id`` is the engine's own and changes when a machine joins anew.

    ``disk`` and ``disk_free``: bytes where the engine keeps its volumes, None when it cannot tell.
    """

    id: str
    name: str
    manager: bool
    leader: bool
    answers: bool
    availability: Availability
    address: str
    cpus: float
    memory: int
    labels: Mapping[str, str] = field(default_factory=dict)
    engine_version: str = ""
    disk: int | None = None
    disk_free: int | None = None


@dataclass(frozen=True)
class Load:
    """What the spaces that live on a machine take there: how many, and the bytes of memory they reserve together."""

    spaces: int = 0
    memory: int = 0


@dataclass(frozen=True)
class SpaceThere:
    """A space that lives on a machine, as the people of the host read it; ``url`` is its page at the desk."""

    space_id: str
    title: str
    organisation: str
    url: str
    memory: int = 0
    usage: int | None = None


class SpacesOnMachines(Protocol):
    """Which spaces live where, filled from above (setting ``SPACES_ON_MACHINES``); ids of machines are our public ids.

    A space lives on one machine when its files do; what the engine may start anywhere lives on none.
    """

    def loads(self) -> Mapping[str, Load]:
        """Return what is taken on every machine that carries something, with one question to the database."""
        ...

    def on(self, machine_id: str, *, limit: int) -> Sequence[SpaceThere]:
        """Return the spaces of one machine, by title."""
        ...

    def spaces_url(self, machine_id: str) -> str:
        """Return the page of the desk where the spaces of a machine are moved, or brought back when it is lost."""
        ...


@dataclass(frozen=True)
class Mount:
    """A named volume of the stack (``volume``), or memory that is lost at each start (``volume`` empty, ``size`` bytes)."""

    target: str
    volume: str = ""
    read_only: bool = False
    size: int | None = None


@dataclass(frozen=True)
class FileIn:
    """A secret or configuration of the stack, as a file inside a container. ``target`` is an absolute path."""

    name: str
    target: str
    uid: int = 0
    gid: int = 0
    mode: int = 0o400


@dataclass(frozen=True)
class HealthCheck:
    """How the engine itself looks whether a container works: a command inside it, and its patience in seconds.

    Without a command nobody looks, not even where the image has a check of its own.
    """

    command: tuple[str, ...]
    interval: float = 10
    timeout: float = 5
    retries: int = 3
    start_period: float = 30


@dataclass(frozen=True)
class Service:
    """One kind of container of a stack; ``constraints`` are Swarm's (``node.id==…``, ``node.labels.site==…``).

    ``published``: (port of the machine, port of the container); empty wherever the proxy reaches the container itself.
    """

    name: str
    image: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    secrets: tuple[FileIn, ...] = ()
    configs: tuple[FileIn, ...] = ()
    networks: tuple[str, ...] = ()
    replicas: int = 1
    memory_limit: int | None = None
    memory_reserved: int | None = None
    cpus_limit: float | None = None
    processes_limit: int | None = None
    health: HealthCheck | None = None
    constraints: tuple[str, ...] = ()
    user: str = ""
    capabilities_dropped: tuple[str, ...] = ()
    capabilities_added: tuple[str, ...] = ()
    read_only: bool = False
    stop_grace: float = 10
    start_first: bool = False
    published: tuple[tuple[int, int], ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stack:
    """What runs for one space, or for Archipel itself. ``name`` is a DNS label; volumes are named ``<stack>_<volume>``.

    ``networks`` are the stack's own; ``shared_networks`` exist beside it (the proxy's) and are made when absent.
    Secrets and configurations are versioned by content: a changed one replaces the former in every service that reads it.
    """

    name: str
    services: tuple[Service, ...]
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    shared_networks: tuple[str, ...] = ()
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    configs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)


def digest_of(stack: Stack) -> str:
    """Return what tells two stacks apart, secrets included: 64 hexadecimal signs. The engine keeps it as a label."""
    everything = (stack, sorted(stack.secrets.items()), sorted(stack.configs.items()))
    return hashlib.sha256(repr(everything).encode()).hexdigest()


@dataclass(frozen=True)
class ServiceSeen:
    """A service as it is: ``running`` counts containers whose health check passes (or that have none).

    ``machines``: ids of the machines they run on. ``problem``: what the engine said of the last container that failed.
    ``settled``: no change is being rolled out.
    """

    name: str
    image: str
    wanted: int
    running: int
    machines: tuple[str, ...] = ()
    problem: str = ""
    settled: bool = True
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackSeen:
    """A stack as it is. ``digest`` tells two descriptions apart: it is ``digest_of`` the ``Stack`` last put, as the engine keeps it."""

    name: str
    services: tuple[ServiceSeen, ...]
    digest: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def service(self, name: str) -> ServiceSeen | None:
        return next((service for service in self.services if service.name == name), None)

    @property
    def runs(self) -> bool:
        """Return whether every service runs as many containers as it should."""
        return bool(self.services) and all(one.running >= one.wanted for one in self.services)


@dataclass(frozen=True)
class Hook:
    """A command a recipe names, to be run in the container of a service; ``timeout`` in seconds."""

    service: str
    command: tuple[str, ...]
    timeout: float = 60


@dataclass(frozen=True)
class Ran:
    """What a command inside a container answered; ``output`` is empty where it was written to a file."""

    code: int
    output: bytes = b""
    errors: bytes = b""


class Engine(Protocol):
    """A container engine over one or more machines. Nothing it did not make itself is ever changed or removed."""

    def version(self) -> str:
        """Return the version of the engine."""
        ...

    def machines(self) -> list[MachineSeen]:
        """Return the machines, in the order of their names."""
        ...

    def set_availability(self, machine_id: str, availability: Availability) -> None:
        """Let a machine take containers, or move away what can move and give it no more."""
        ...

    def set_labels(self, machine_id: str, labels: Mapping[str, str]) -> None:
        """Make the labels of a machine what these are."""
        ...

    def forget(self, machine_id: str) -> None:
        """Take a machine that answers no more out of the engine; one that answers is refused (``BAD_INPUT``)."""
        ...

    def has_image(self, image: str) -> bool:
        """Return whether the image is on the machine that is asked."""
        ...

    def put(self, stack: Stack) -> None:
        """Ensure the stack as described, adopting what an interrupted call left; return before its containers are up."""
        ...

    def read(self, name: str) -> StackSeen | None:
        """Return a stack as it is now, None when there is none."""
        ...

    def stacks(self) -> list[StackSeen]:
        """Return every stack that Archipel made, by name."""
        ...

    def drop(self, name: str, *, volumes: bool) -> int:
        """Ensure there is no such stack and return how many objects were removed; its volumes only when said so."""
        ...

    def leave(self, name: str, machine_id: str) -> int:
        """Ensure a machine keeps no volume of a stack that stands elsewhere, and return how many objects were removed.

        ``BAD_INPUT`` while the stack may run there, ``UNKNOWN`` for a machine that is none or cannot be asked.
        """
        ...

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
        """Run a command in the running container of a service, wherever it is (``TryLater`` when none runs)."""
        ...

    def read_files(self, stack: str, service: str, path: str, target: IO[bytes]) -> None:
        """Write the tar of a file or folder of a container to ``target`` (``UNKNOWN`` when there is no such path)."""
        ...

    def write_files(self, stack: str, service: str, path: str, source: IO[bytes]) -> None:
        """Unpack a tar into an existing folder of a container, owners and modes as the tar says."""
        ...

    def addresses(self, stack: str, service: str) -> list[str]:
        """Return where the running containers of a service are reached from the machine itself, for a proxy standing there."""
        ...


@dataclass(frozen=True)
class Retention:
    """How many back-ups stay of each kind, at least one of them above zero; what is younger than ``recent_days`` before the
    newest stays anyway: a copy taken by hand must not push out the one of the night."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 6
    recent_days: int = 3


@dataclass(frozen=True)
class Copy:
    """One back-up of one thing: ``about`` says of what, ``bytes`` is what it restores to, ``added`` what it cost."""

    id: str
    about: str
    taken_at: datetime
    bytes: int
    files: int
    added: int = field(default=0, compare=False)


class BackupStore(Protocol):
    """A place back-ups go to, encrypted before they leave. A key that does not open it: ``RefusedOutside("bad_key")``.

    Two at once: ``TryLater``. Something unreadable in it: ``RefusedOutside("damaged")``; nothing there: ``UNKNOWN``.
    """

    def ensure(self) -> None:
        """Prepare the place, unless it is prepared."""
        ...

    def keep(self, about: str, folder: Path, *, taken_at: datetime) -> Copy:
        """Back a folder up; again with the same ``about`` and ``taken_at``: the same copy."""
        ...

    def copies(self, about: str = "") -> list[Copy]:
        """Return what is kept (of one thing), newest first."""
        ...

    def bring_back(self, copy_id: str, target: Path) -> None:
        """Restore a copy into an empty folder, bytes, names, modes and times as they were."""
        ...

    def thin_out(self, about: str, retention: Retention) -> list[str]:
        """Drop what is older than the retention says and return the ids of the copies that went."""
        ...

    def drop(self, about: str) -> int:
        """Drop every copy of one thing for good, and return how many there were."""
        ...

    def check(self, *, share: float = 0.05) -> None:
        """Read the structure and a share of the content, and raise when something is unreadable."""
        ...

    def size(self) -> int:
        """Return how many bytes the place holds."""
        ...


@dataclass(frozen=True)
class BackupPlaceSpec:
    """What a store is made from: a kind of ``PlaceKind``, where, and what opens it. Never written to a log.

    ``credentials``: for S3 ``access_key``, ``secret_key``, ``region``; for SFTP ``private_key``, ``known_host``, ``port``.
    """

    kind: str
    location: str
    passphrase: str = field(repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
