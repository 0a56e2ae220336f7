# SPDX-License-Identifier: AGPL-3.0-or-later
"""An application in containers that tests open spaces of: a blog with posts, in memory or in a folder that outlives a worker.

What it keeps of a space is like what an engine keeps: a stack that was put, and volumes on machines. Faults are ordered
with ``fake.fault``; ``calls`` says what was asked.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from archipel.kernel.outside import RefusedOutside, TryLater
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
)
from archipel.spaces.wiring import connector_named

VERSIONS = ("1.0", "1.1", "2.0")
ROLES = (("referent", "administrator"), ("member", "editor"), ("author", "author"), ("subscriber", "subscriber"))
SHAPE = SignOnShape(
    redirect_uris=("https://{address}/signed-in",),
    post_logout_redirect_uris=("https://{address}/",),
    backchannel_logout_uri="https://{address}/signed-out",
    claims=("roles",),
    roles=ROLES,
)
# Services that a fault can hit: all of them, or one call by its name.
Fault = tuple[str, str]


class FakeBlogs:
    """Fills ``ContainerConnector``, ``ReadsBack`` and ``LeavesMachines``.

    ``fault``: what to do at a call, ``("silent", "open")``; ``broken``: versions that start and never answer;
    ``lost``: machines (the engine's ids) that are gone with their volumes; ``delay`` seconds a call takes.
    """

    def __init__(self, folder: Path | None = None, shape: SignOnShape | None = SHAPE) -> None:
        self.folder, self.shape = folder, shape
        self.known = list(VERSIONS)
        self.broken: set[str] = set()
        self.lost: set[str] = set()
        self.fault: Fault | None = None
        self.delay = 0.0
        self.calls: list[str] = []
        self._memory: dict[str, dict[str, Any]] = {}

    # What a recipe says

    def sign_on(self) -> SignOnShape | None:
        return self.shape

    def secrets(self) -> tuple[str, ...]:
        return ("database_passphrase", "salt")

    def versions(self) -> list[str]:
        return list(self.known)

    def version(self) -> str:
        return self.known[-1]

    def memory(self) -> int:
        return 256 * 1024 * 1024

    # The life of a space

    def open(self, spec: SpaceSpec) -> None:
        self._call("open")
        self._put(spec)

    def upgrade(self, spec: SpaceSpec) -> None:
        self._call("upgrade")
        self._put(spec)

    def _put(self, spec: SpaceSpec) -> None:
        assert spec.container is not None
        where = spec.container.machine
        if where in self.lost:
            raise RefusedOutside("no_room", f"no machine {where}")
        stack = self._read(spec.space_id, none=True) or {"volumes": {}, "people": {}, "effect": "", "quota": None}
        stack |= {
            "machine": where,
            "version": spec.container.version,
            "put": _digest(spec),
            "runs": True,
            "gone": False,
        }
        stack |= {"title": spec.title, "quota": spec.quota, "client": spec.container.client_id}
        volume = stack["volumes"].setdefault(
            where, {"address": spec.address, "posts": [], "schema": spec.container.version, "whole": True}
        )
        if spec.container.version in self.broken:
            volume["whole"] = False  # an upgrade that fails leaves a database half turned over
        if _number(spec.container.version) > _number(volume["schema"]):
            volume["schema"] = spec.container.version
        self._write(spec.space_id, stack)

    def set_people(self, space_id: str, people: Sequence[PersonAccess]) -> None:
        self._call("set_people")
        known = dict(self.shape.roles) if self.shape else {}
        unknown = [who.role for who in people if known and who.role not in known]
        if unknown:
            raise RefusedOutside("bad_input", f"unknown roles {unknown}")
        self._change(space_id, people={who.person_id: who.role for who in people})

    def set_quota(self, space_id: str, quota: int | None) -> None:
        self._call("set_quota")
        self._change(space_id, quota=quota)

    def hold(self, space_id: str, notice: HoldNotice) -> None:
        self._call("hold")
        self._change(space_id, effect=notice.effect)

    def release(self, space_id: str) -> None:
        self._call("release")
        self._change(space_id, effect="")

    def close(self, space_id: str) -> int:
        self._call("close")
        stack = self._read(space_id, none=True)
        if stack is None:
            return 0
        if self.folder:
            self._path(space_id).unlink()
        else:
            del self._memory[space_id]
        return 1 + len(stack["volumes"])

    # What is read

    def usage(self, space_id: str) -> Usage:
        self._call("usage")
        stack, volume = self._running(space_id)
        size = sum(len(post.encode()) for post in volume["posts"])
        return Usage(size, files=len(volume["posts"]), accounts=len(stack["people"]), objects=1 + len(stack["volumes"]))

    def health(self, space_id: str) -> Health:
        self._call("health")
        try:
            stack, volume = self._running(space_id)
        except (TryLater, RefusedOutside) as error:
            return Health(ok=False, detail=error.reason)
        if stack["version"] in self.broken:
            return Health(ok=False, detail="Error establishing a database connection")
        if not volume["whole"] or _number(volume["schema"]) > _number(stack["version"]):
            return Health(ok=False, detail="the database is of another version")
        return Health(ok=True, detail=f"{stack['title']} answers")

    def running(self, space_id: str) -> Running | None:
        self._call("running")
        stack = self._read(space_id, none=True)
        if stack is None or stack.get("gone") or stack["machine"] in self.lost:
            return None
        missing = {} if stack["runs"] else {"app": "task: non-zero exit (1)"}
        return Running(
            stack["version"], (stack["machine"],) if stack["machine"] else (), stack["put"] != "other", missing
        )

    def upstreams(self, space_id: str) -> list[Upstream]:
        self._call("upstreams")
        return [Upstream(f"tasks.s-{space_id}_app", 80)] if self._read(space_id, none=True) else []

    def told(self, space_id: str) -> Told:
        self._call("told")
        stack = self._read(space_id)
        return Told(dict(stack["people"]), stack["quota"], stack["effect"])

    def leave(self, space_id: str, machine: str) -> int:
        self._call("leave")
        stack = self._read(space_id, none=True)
        if stack is None:
            return 0
        if machine == stack["machine"]:
            raise RefusedOutside("bad_input", "it runs there")
        gone = stack["volumes"].pop(machine, None)
        self._write(space_id, stack)
        return 0 if gone is None else 1

    # Taking away and bringing back

    def export(self, space_id: str, target: Path) -> list[ExportedFile]:
        self._call("export")
        _stack, volume = self._running(space_id)
        text = json.dumps({"address": volume["address"], "posts": volume["posts"], "schema": volume["schema"]})
        (target / "blog.json").write_text(text)
        return [ExportedFile("blog.json", len(text.encode()), hashlib.sha256(text.encode()).hexdigest())]

    def restore(self, space_id: str, source: Path) -> None:
        self._call("restore")
        stack, volume = self._running(space_id)
        try:
            found = json.loads((source / "blog.json").read_text())
        except (OSError, ValueError) as error:
            raise RefusedOutside("bad_input", f"there is no blog in it: {error}") from error
        own = volume["address"]
        posts = [post.replace(found["address"], own) for post in found["posts"]]
        newest = max((found["schema"], stack["version"]), key=_number)
        volume |= {"posts": posts, "schema": newest, "whole": stack["version"] not in self.broken}
        self._write(space_id, stack)

    # What tests do there

    def write(self, space_id: str, post: str) -> None:
        """Write a post, as somebody who is signed in there does."""
        stack, volume = self._running(space_id)
        volume["posts"].append(post)
        self._write(space_id, stack)

    def posts(self, space_id: str) -> list[str]:
        """Return what visitors read."""
        return list(self._running(space_id)[1]["posts"])

    def stack(self, space_id: str) -> dict[str, Any] | None:
        """Return all there is of a space, None when there is nothing."""
        return self._read(space_id, none=True)

    def spoil(self, space_id: str, **values: Any) -> None:
        """Change a stack behind the house's back."""
        self._change(space_id, **values)

    def remove(self, space_id: str) -> None:
        """Take a stack away and leave its volumes, as an engine that was set up anew."""
        stack = self._read(space_id)
        self._write(space_id, stack | {"runs": False, "gone": True})

    def _running(self, space_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        stack = self._read(space_id)
        if not stack["runs"] or stack["machine"] in self.lost:
            raise TryLater("no container runs")
        return stack, stack["volumes"][stack["machine"]]

    def _change(self, space_id: str, **values: Any) -> None:
        self._write(space_id, self._read(space_id) | values)

    def _read(self, space_id: str, *, none: bool = False) -> Any:
        if self.folder:
            path = self._path(space_id)
            found = json.loads(path.read_text()) if path.exists() else None
        else:
            found = copy.deepcopy(self._memory.get(space_id))
        if found is None and not none:
            raise RefusedOutside("unknown", "there is no such stack")
        return found

    def _write(self, space_id: str, stack: dict[str, Any]) -> None:
        if not self.folder:
            self._memory[space_id] = stack
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self._path(space_id).with_suffix(".part")
        part.write_text(json.dumps(stack))
        part.replace(self._path(space_id))

    def _path(self, space_id: str) -> Path:
        assert self.folder
        return self.folder / f"{space_id}.json"

    def _call(self, name: str) -> None:
        self.calls.append(name)
        time.sleep(self.delay)
        if self.fault is None or self.fault[1] not in ("", name):
            return
        if self.fault[0] == "silent":
            raise TryLater("no answer from the engine (ordered)")
        raise RefusedOutside(self.fault[0], "the engine refuses (ordered)")


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _digest(spec: SpaceSpec) -> str:
    assert spec.container is not None
    return hashlib.sha256(repr((spec, sorted(spec.container.secrets.items()))).encode()).hexdigest()


_current: list[FakeBlogs] = []


def renew(make: Callable[[], FakeBlogs] = FakeBlogs) -> FakeBlogs:
    """Begin with no space."""
    _current[:] = [make()]
    connector_named.cache_clear()
    return _current[0]


def current() -> FakeBlogs:
    """Return the connector of this test."""
    return _current[0]
