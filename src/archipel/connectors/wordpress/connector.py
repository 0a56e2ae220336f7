# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills ``spaces.ports.ContainerConnector`` (``ReadsBack``, ``LeavesMachines``) with one WordPress for each space, on an engine and out of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from archipel.connectors.wordpress import bundle
from archipel.connectors.wordpress.client import APP, LONG, MEASURE, SERVICES, Inside
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import Engine, Hook, Stack, StackSeen
from archipel.spaces.ports import (
    ExportedFile,
    Health,
    HoldNotice,
    PersonAccess,
    Running,
    SignOnShape,
    SpaceSpec,
    Told,
    Upstream,
    Usage,
    stack_of_space,
)

PORT = 80
VERSION_LABEL = "archipel.version"


@dataclass(frozen=True)
class Deployment:
    """What the recipe says: the stack of a space, the versions it opens (oldest first), the bytes of memory a space reserves,
    the secrets made for each, how people sign in with what our roles are called there, and what to run for what is asked."""

    stack_of: Callable[[SpaceSpec], Stack]
    versions: tuple[str, ...]
    memory: int
    secrets: tuple[str, ...]
    sign_on: SignOnShape
    hooks: Mapping[str, Hook]


@dataclass(frozen=True)
class Theme:
    """How a website may look: ``name`` is WordPress's own word for it."""

    name: str
    title: str
    version: str
    active: bool


class WordPressConnector:
    """``by_names``: the proxy stands in the network of the containers and reaches them by name; else by address."""

    def __init__(
        self,
        engine: Engine,
        deployment: Deployment,
        *,
        by_names: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._deployment = deployment
        # The must-use plugin takes the same words from the claim ``roles``.
        self._roles = dict(deployment.sign_on.roles)
        self._by_names = by_names
        self._clock = clock

    # --- what runs

    def open(self, spec: SpaceSpec) -> None:
        self._put(spec)
        seen = self._engine.read(stack_of_space(spec.space_id))
        if seen and seen.runs:
            # Adopted: it was told its first quota when it was installed.
            self.set_quota(spec.space_id, spec.quota)

    def upgrade(self, spec: SpaceSpec) -> None:
        self._put(spec)

    def close(self, space_id: str) -> int:
        return self._engine.drop(stack_of_space(space_id), volumes=True)

    def leave(self, space_id: str, machine: str) -> int:
        return self._engine.leave(stack_of_space(space_id), machine)

    def running(self, space_id: str) -> Running | None:
        seen = self._engine.read(stack_of_space(space_id))
        if seen is None:
            return None
        missing = _missing(seen)
        machines = sorted({machine for service in seen.services for machine in service.machines})
        whole = bool(seen.digest) and all(seen.service(name) for name in SERVICES)
        settled = all(service.settled for service in seen.services)
        return Running(_version_of(seen), tuple(machines), as_put=whole and settled, missing=missing)

    def upstreams(self, space_id: str) -> list[Upstream]:
        stack = stack_of_space(space_id)
        if self._by_names:
            # The containers themselves, without the virtual address that some kernels do not know.
            return [Upstream(f"tasks.{stack}_{APP}", PORT)]
        return [Upstream(address, PORT) for address in self._engine.addresses(stack, APP)]

    def health(self, space_id: str) -> Health:
        try:
            seen = self._engine.read(stack_of_space(space_id))
            if seen is None:
                return Health(ok=False, detail="nothing runs")
            missing = _missing(seen)
            if missing:
                return Health(ok=False, detail="; ".join(f"{name}: {words}" for name, words in missing.items()))
            ran = self._inside(space_id).look()
        except (TryLater, RefusedOutside) as error:
            return Health(ok=False, detail=error.reason)
        return Health(ok=ran.code == 0, detail=ran.output.decode("utf-8", "replace").strip()[:200])

    # --- people and limits

    def set_people(self, space_id: str, people: Sequence[PersonAccess]) -> None:
        unknown = sorted({person.role for person in people} - set(self._roles))
        if unknown:
            raise RefusedOutside("bad_input", f"WordPress knows no role {unknown[0]}", about=unknown[0])
        told = [
            {"sub": person.person_id, "name": person.name, "email": person.email, "role": self._roles[person.role]}
            for person in people
        ]
        self._inside(space_id).ask("people", told)

    def set_quota(self, space_id: str, quota: int | None) -> None:
        self._inside(space_id).ask("quota", {"bytes": quota})

    def hold(self, space_id: str, notice: HoldNotice) -> None:
        self._inside(space_id).ask("hold", asdict(notice))

    def release(self, space_id: str) -> None:
        self._inside(space_id).ask("release")

    def usage(self, space_id: str) -> Usage:
        told = self._inside(space_id).ask("usage")
        return Usage(bytes=told["bytes"], files=told["files"], accounts=told["accounts"])

    def told(self, space_id: str) -> Told:
        known = self._inside(space_id).ask("told")
        ours = {theirs: role for role, theirs in self._roles.items()}
        people = {person: ours.get(role, role) for person, role in known["people"].items()}
        return Told(people=people, quota=known["quota"], effect=known["effect"])

    # --- how it looks

    def themes(self, space_id: str) -> list[Theme]:
        """Return the themes of the image, by name."""
        return [Theme(**one) for one in self._inside(space_id).ask("themes")]

    def activate_theme(self, space_id: str, name: str) -> None:
        """Ensure the website looks so (``RefusedOutside("unknown")`` for a theme the image does not have)."""
        self._inside(space_id).ask("theme", {"name": name})

    # --- leaving and coming back

    def export(self, space_id: str, target: Path) -> list[ExportedFile]:
        return bundle.write(self._inside(space_id), target, self._clock())

    def restore(self, space_id: str, source: Path) -> None:
        found = bundle.read(source)
        inside = self._inside(space_id)
        quota = inside.ask("limits")["quota"]
        if quota is not None and found.bytes > quota:
            raise RefusedOutside("quota", f"the export holds {found.bytes} bytes, the space may hold {quota}")
        inside.ask("begin_restore", {"db_version": found.db_version}, timeout=MEASURE)
        with (source / bundle.DATABASE).open("rb") as file:
            inside.give("restore", file)
        with TemporaryFile() as tar:
            bundle.pack(source, tar)
            tar.seek(0)
            inside.give_files(tar)
        inside.ask("end_restore", {"address": found.address}, timeout=LONG)

    # --- what the recipe says

    def sign_on(self) -> SignOnShape | None:
        return self._deployment.sign_on

    def secrets(self) -> tuple[str, ...]:
        return self._deployment.secrets

    def versions(self) -> list[str]:
        return list(self._deployment.versions)

    def version(self) -> str:
        return self._deployment.versions[-1]

    def memory(self) -> int:
        return self._deployment.memory

    def _put(self, spec: SpaceSpec) -> None:
        if spec.container is None:
            raise RefusedOutside("bad_input", "a WordPress needs to know its version, sign-in and secrets")
        self._engine.put(self._deployment.stack_of(spec))

    def _inside(self, space_id: str) -> Inside:
        return Inside(self._engine, space_id, self._deployment.hooks)


def _missing(seen: StackSeen) -> dict[str, str]:
    said = {}
    for name in SERVICES:
        service = seen.service(name)
        if service is None:
            said[name] = "was not put"
        elif service.running < service.wanted:
            said[name] = service.problem or "not up yet"
    return said


def _version_of(seen: StackSeen) -> str:
    """Return the version it was put with; where that was not written down, the one its image is called by."""
    app = seen.service(APP)
    named = app.image.partition("@")[0].rpartition(":")[2] if app else ""
    return seen.labels.get(VERSION_LABEL, named)
