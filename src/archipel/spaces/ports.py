# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an application must be able to do for its spaces. No Django here; connectors fill these Protocols.

Every call may be repeated (*ensure*, never *create*), and fails only with ``TryLater`` or ``RefusedOutside``
(``archipel.kernel.outside``). Space ids are our public ids; sizes are bytes; instants are aware and UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Literal, Protocol

HoldEffect = Literal["read_only", "suspended"]
HoldCause = Literal["host", "own_wish", "closing", "maintenance"]


@dataclass(frozen=True)
class SpaceSpec:
    """What is to be opened: ``address`` is the full host name, ``quota`` bytes or None for unlimited."""

    space_id: str
    address: str
    title: str
    language: str
    quota: int | None
    settings: dict[str, str] = field(default_factory=dict)
    container: ContainerSpec | None = None


@dataclass(frozen=True)
class ContainerSpec:
    """What a space in containers needs besides: on which machine (the engine's id; empty: any), which version of the recipe,
    where people sign in, and its secrets: those its recipe names, ``client_secret`` and what the host gives (mail)."""

    version: str
    machine: str = ""
    issuer: str = ""
    client_id: str = ""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class PersonAccess:
    """One person who may enter, by our public id; ``role`` is a role of the space (``referent``, ``member``)."""

    person_id: str
    name: str
    email: str
    role: str


@dataclass(frozen=True)
class HoldNotice:
    """What a visitor reads while a hold lasts: in which language, whom to write to, and whose act it is, never why."""

    effect: HoldEffect
    language: str
    host_name: str
    contact: str
    cause: HoldCause = "host"


@dataclass(frozen=True)
class Usage:
    """What is used; None where the application does not count it. A missing measure never blocks anyone.

    ``objects``: as many stored objects as ``close`` would delete now.
    """

    bytes: int | None
    files: int | None = None
    accounts: int | None = None
    kept_bytes: int | None = None
    objects: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Health:
    """An observation, never a state."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class ExportedFile:
    """One file of an export bundle: path inside it, size in bytes, SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


class SpaceConnector(Protocol):
    """What every application fills: websites now; Nextcloud, WordPress, mail … later."""

    def open(self, spec: SpaceSpec) -> None:
        """Ensure the space exists at its address with its quota; adopt what an interrupted call left."""

    def set_people(self, space_id: str, people: Sequence[PersonAccess]) -> None:
        """Ensure exactly these people may enter with these roles."""

    def set_quota(self, space_id: str, quota: int | None) -> None:
        """Ensure the quota in bytes; None lifts it. Never deletes anything."""

    def usage(self, space_id: str) -> Usage:
        """Measure what is used now."""

    def hold(self, space_id: str, notice: HoldNotice) -> None:
        """Ensure the hold and its notice; replaces an earlier one."""

    def release(self, space_id: str) -> None:
        """Ensure there is no hold."""

    def export(self, space_id: str, target: Path) -> list[ExportedFile]:
        """Write everything in documented formats below the empty folder ``target`` and say what was written."""

    def restore(self, space_id: str, source: Path) -> None:
        """Fill an opened space from a folder that ``export`` wrote, replacing what it shows."""

    def close(self, space_id: str) -> int:
        """Delete everything for good and return how many stored objects were deleted; again: 0."""

    def health(self, space_id: str) -> Health:
        """Look whether the space answers as it should."""

    def version(self) -> str:
        """Return the version of the application behind."""


@dataclass(frozen=True)
class SignOnShape:
    """How an application signs people in: what is registered for it. ``{address}`` stands for the host name of the space.

    ``roles`` turns our roles of a space into the words it is told; ``pkce_exemption`` says why it sends no proof key.
    ``session_minutes``: how long it keeps somebody in by itself, where it knows no back-channel logout.
    """

    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    home_url: str = "https://{address}/"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    claims: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    pkce_exemption: str = ""
    session_minutes: int | None = None


@dataclass(frozen=True)
class Upstream:
    """Where a proxy finds an application: a name or an address, and a port, plain HTTP on the host's own network."""

    host: str
    port: int


@dataclass(frozen=True)
class Running:
    """What runs for a space now: its version, the engine's ids of the machines, and whether it is what was put (``as_put``).

    ``missing``: services that run fewer containers than they should, with what the engine said.
    """

    version: str
    machines: tuple[str, ...]
    as_put: bool
    missing: dict[str, str] = field(default_factory=dict)


def stack_of_space(space_id: str) -> str:
    """Return the name of the stack of a space, by which the engine knows it."""
    return f"s-{space_id}"


class ContainerConnector(SpaceConnector, Protocol):
    """What an application that runs in containers adds, from its recipe."""

    def sign_on(self) -> SignOnShape | None:
        """Return how people sign in; None for an application without accounts."""

    def secrets(self) -> tuple[str, ...]:
        """Return the names of the secrets made once for each space, 32 random letters and digits each."""

    def versions(self) -> list[str]:
        """Return the versions the recipe can open, oldest first; the last one is what new spaces get."""

    def memory(self) -> int:
        """Return how many bytes of memory a space reserves."""

    def upstreams(self, space_id: str) -> list[Upstream]:
        """Return where visitors are sent now."""

    def running(self, space_id: str) -> Running | None:
        """Return what runs, None when nothing does."""

    def upgrade(self, spec: SpaceSpec) -> None:
        """Ensure the version of ``spec``, its database included; return before it answers."""


@dataclass(frozen=True)
class Told:
    """What an application was told and still knows: role of the space by person, quota in bytes, effect of the hold."""

    people: Mapping[str, str] | None = None
    quota: int | None = None
    effect: str = ""


class ReadsBack(Protocol):
    """What a connector may add that can say what its application was told: drift is seen by it."""

    def told(self, space_id: str) -> Told:
        """Read back what the application of a space knows; ``people`` is None where it does not count them."""


class LeavesMachines(Protocol):
    """What a connector may add whose spaces leave volumes behind on the machine they moved from."""

    def leave(self, space_id: str, machine: str) -> int:
        """Drop what a space that runs elsewhere left on a machine (the engine's id), and return how many things."""


@dataclass(frozen=True)
class Route:
    """What a proxy does with some host names: sends to one of ``upstreams``, answers 503 with ``notice``, or leads to the
    same page at the name ``moved_to``. A name that begins with ``*.`` stands for all below a domain; an exact one wins.

    ``own``: the certificate of these names is asked for at the first visit, one by one (an organisation's own names,
    the addresses of spaces), where others are fetched in advance. ``asked_as``: the name an application knows itself by.
    """

    id: str
    names: tuple[str, ...]
    upstreams: tuple[Upstream, ...] = ()
    notice: HoldNotice | None = None
    own: bool = False
    asked_as: str = ""
    moved_to: str = ""


class Proxy(Protocol):
    """What stands before the applications and speaks TLS. Its configuration is ours; it keeps nothing of its own."""

    def push(self, routes: Sequence[Route]) -> None:
        """Make what it serves exactly these routes, in one move: no visitor sees half a change, none is cut off."""

    def put(self, route: Route) -> None:
        """Add or replace one route, live (``TryLater`` when it lost its configuration: push them all)."""

    def drop(self, route_id: str) -> None:
        """Take one route away, live."""

    def serves(self) -> dict[str, str]:
        """Return the digest (``digest_of_route``) of every route it serves by id; empty after a restart, and while what it
        was told beside its routes is not what it should be: push them all."""


def digest_of_route(route: Route) -> str:
    """Return what tells two routes apart: 64 hexadecimal signs."""
    return hashlib.sha256(repr(route).encode()).hexdigest()


@dataclass(frozen=True)
class PublishedVersion:
    """One version of a website; ``version_id`` is ours, ``files`` and ``bytes`` count what visitors get."""

    version_id: str
    published_at: datetime
    files: int
    bytes: int


class WebsitePublisher(Protocol):
    """What a store of static websites adds to ``SpaceConnector``. Refusals carry a code of ``PUBLISH_CODES``."""

    def stage_zip(self, space_id: str, upload_id: str, archive: IO[bytes]) -> int:
        """Check a whole zip, then stage its files under the upload; return how many. Nothing is staged on a refusal."""

    def stage_file(self, space_id: str, upload_id: str, path: str, content: IO[bytes]) -> None:
        """Add one file to an upload (several requests may add to the same upload; same path again replaces it)."""

    def staged(self, space_id: str, upload_id: str) -> tuple[int, int]:
        """Return (files, bytes) staged so far."""

    def publish(self, space_id: str, upload_id: str, version_id: str) -> PublishedVersion:
        """Put what was staged online in one atomic move; repeatable with the same ids; keeps earlier versions."""

    def discard(self, space_id: str, upload_id: str) -> None:
        """Forget an upload; unknown uploads are fine."""

    def versions(self, space_id: str) -> list[PublishedVersion]:
        """Return the kept versions, newest first."""

    def online(self, space_id: str) -> str | None:
        """Return the version id visitors get now."""

    def restore_version(self, space_id: str, version_id: str) -> None:
        """Put a kept version online again in one atomic move."""

    def paths(self, space_id: str, version_id: str) -> Iterator[tuple[str, int]]:
        """Walk (path, bytes) of a version."""


PUBLISH_CODES = (
    "empty",  # nothing to publish
    "not_a_zip",  # unreadable, encrypted or damaged archive
    "bad_path",  # traversal, absolute, backslash, control sign, too long, reserved device name
    "link",  # symbolic link, device or other special entry
    "duplicate",  # two entries for one path (also by letter case or Unicode form)
    "too_many",  # more than MAX_FILES entries
    "too_large",  # one file or the whole is larger than allowed when unpacked, or the ratio of a bomb
    "quota",  # more than the space may hold
    "read_only",  # a hold forbids publishing
    "unknown",  # no such space, upload or version
)
