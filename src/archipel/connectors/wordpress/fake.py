# SPDX-License-Identifier: AGPL-3.0-or-later
"""WordPress in memory: the same connector on an engine that keeps nothing, whose containers know the verbs; faults to order."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from archipel.connectors.wordpress.client import APP, HOOKS, REFUSED, SERVICES, UPLOADS
from archipel.connectors.wordpress.connector import VERSION_LABEL, Deployment, WordPressConnector
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import (
    BAD_INPUT,
    NO_IMAGE,
    UNKNOWN,
    Hook,
    Ran,
    Service,
    ServiceSeen,
    Stack,
    StackSeen,
    digest_of,
)
from archipel.spaces.ports import SignOnShape, SpaceSpec, stack_of_space

Fault = Literal["silent", "refusing", "lost"]
"""``lost``: the call is done, its answer never arrives."""

VERSIONS = ("6.1",)
MEMORY = 96 * 2**20
DB_VERSION = 53496
# What an empty database takes, so that no usage is nothing.
EMPTY = 700_000
# As the recipe says, but that a hook is a verb of its own name.
HOOKS_HERE = {name: Hook(APP, ("archipel", name)) for name in HOOKS} | {"health": Hook(APP, ("archipel-health",))}
SECRETS = ("database_password", "salt")
SIGN_ON = SignOnShape(
    redirect_uris=("https://{address}/archipel/signed-in",),
    post_logout_redirect_uris=("https://{address}/",),
    backchannel_logout_uri="https://{address}/archipel/signed-out",
    home_url="https://{address}/wp-admin/",
    claims=("roles",),
    roles=(("referent", "administrator"), ("member", "editor")),
)
THEMES = {"twentytwentyone": "Twenty Twenty-One", "twentytwentythree": "Twenty Twenty-Three"}


@dataclass
class Site:
    """What the volumes of one WordPress hold. ``posts``: title and text; ``accounts`` by subject."""

    address: str
    title: str
    language: str
    quota: int | None = None
    hold: dict[str, Any] | None = None
    restoring: bool = False
    theme: str = "twentytwentythree"
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: list[list[str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    incoming: dict[str, bytes] = field(default_factory=dict)

    def database(self) -> bytes:
        """Return what stands for the dump."""
        return json.dumps([self.title, self.theme, self.accounts, self.posts], sort_keys=True).encode()

    @property
    def bytes(self) -> int:
        written = sum(len(text.encode()) for post in self.posts for text in post)
        return EMPTY + written + sum(len(content) for content in self.files.values())


class MemoryEngine:
    """Stacks of WordPress in a dictionary; ``up`` False: containers that are put do not get up by themselves.

    ``fault`` at the call number ``at`` (from 1, counted in ``calls``); ``images`` empty: every image is there.
    """

    def __init__(self) -> None:
        self.stacks_put: dict[str, Stack] = {}
        self.sites: dict[str, Site] = {}
        self.running: set[str] = set()
        self.up = True
        self.images: set[str] = set()
        self.broken: set[str] = set()
        self.calls = 0
        self.fault: Fault | None = None
        self.at = 0

    def order(self, fault: Fault | None, at: int = 0) -> None:
        """Let the call number ``at`` from now on fail so; None: nothing fails."""
        self.fault, self.at, self.calls = fault, at, 0

    def start(self, name: str) -> None:
        """Let the containers of a stack get up: WordPress is installed by the first."""
        self.running.add(name)
        told = next(one for one in self.stacks_put[name].services if one.name == APP).environment
        quota = int(told["QUOTA"]) if told.get("QUOTA") else None
        first = Site(told["ADDRESS"], told["TITLE"], told["LANGUAGE"], quota)
        site = self.sites.setdefault(name, first)
        site.address = told["ADDRESS"]

    def put(self, stack: Stack) -> None:
        with _Call(self):
            missing = [one.image for one in stack.services if self.images and one.image not in self.images]
            if missing:
                raise RefusedOutside(NO_IMAGE, f"no image {missing[0]}", about=missing[0])
            self.stacks_put[stack.name] = stack
            self.running.discard(stack.name)
            if self.up:
                self.start(stack.name)

    def read(self, name: str) -> StackSeen | None:
        with _Call(self):
            stack = self.stacks_put.get(name)
            if stack is None:
                return None
            services = tuple(self._seen(name, one) for one in stack.services)
            return StackSeen(name, services, digest_of(stack), stack.labels)

    def _seen(self, name: str, one: Service) -> ServiceSeen:
        up = name in self.running and one.image not in self.broken
        problem = "the container ended" if one.image in self.broken else ""
        return ServiceSeen(one.name, one.image, 1, int(up), ("machine-1",) if up else (), problem)

    def drop(self, name: str, *, volumes: bool) -> int:
        with _Call(self):
            stack = self.stacks_put.pop(name, None)
            self.running.discard(name)
            site = self.sites.pop(name, None) if volumes else None
            return (len(stack.services) if stack else 0) + (2 if site else 0)

    def leave(self, name: str, machine_id: str) -> int:
        with _Call(self):
            if name in self.stacks_put and machine_id == "machine-1":
                raise RefusedOutside(BAD_INPUT, "the stack runs on this machine", about=name)
            return 0

    def addresses(self, stack: str, _service: str) -> list[str]:
        with _Call(self):
            return ["172.18.0.3"] if stack in self.running else []

    def run(
        self,
        stack: str,
        _service: str,
        command: Sequence[str],
        *,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,  # noqa: ARG002 the port's; a verb needs none, and memory never waits
        user: str = "",  # noqa: ARG002
        timeout: float = 60,  # noqa: ARG002
    ) -> Ran:
        with _Call(self):
            site = self._site(stack)
            if command[0] == "archipel-health":
                return Ran(1, b"being put back") if site.restoring else Ran(0, b"the front page answers 50000 bytes")
            code, output = _Verbs(site).say(command[1], stdin.read() if stdin else b"")
            if stdout is None:
                return Ran(code, output)
            stdout.write(output)
            return Ran(code)

    def read_files(self, stack: str, _service: str, path: str, target: IO[bytes]) -> None:
        with _Call(self):
            files = self._site(stack).files if path == UPLOADS else {}
            with tarfile.open(fileobj=target, mode="w") as tar:
                for name, content in sorted(files.items()):
                    entry = tarfile.TarInfo(f"uploads/{name}")
                    entry.size = len(content)
                    tar.addfile(entry, io.BytesIO(content))

    def write_files(self, stack: str, _service: str, _path: str, source: IO[bytes]) -> None:
        with _Call(self):
            site = self._site(stack)
            with tarfile.open(fileobj=source, mode="r") as tar:
                for entry in tar:
                    content = tar.extractfile(entry)
                    if content:
                        site.incoming[entry.name] = content.read()

    def _site(self, stack: str) -> Site:
        if stack not in self.stacks_put:
            raise RefusedOutside(UNKNOWN, "no such stack", about=stack)
        if stack not in self.running:
            raise TryLater("no container of the service runs")
        return self.sites[stack]


class _Call:
    """Counts a call, and lets it fail where that was ordered."""

    def __init__(self, engine: MemoryEngine) -> None:
        engine.calls += 1
        self._fault = engine.fault if engine.calls == engine.at else None

    def __enter__(self) -> None:
        if self._fault == "silent":
            raise TryLater("the engine does not answer")
        if self._fault == "refusing":
            raise RefusedOutside("forbidden", "the engine says no")

    def __exit__(self, kind: object, *_: object) -> None:
        if self._fault == "lost" and kind is None:
            raise TryLater("the answer of the engine was lost")


class _Verbs:
    """What the image's programs do, on a site in memory."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def say(self, verb: str, given: bytes) -> tuple[int, bytes]:
        if verb == "restore":
            self._load(given)
            return 0, b""
        raw: Callable[[], bytes] | None = {"export": self._site.database, "contents": self._contents}.get(verb)
        if raw:
            return 0, raw()
        try:
            answer = getattr(self, f"_{verb}")(json.loads(given) if given else None)
        except RefusedOutside as refused:
            return REFUSED, json.dumps({"refused": refused.code, "reason": refused.reason}).encode()
        return 0, json.dumps(answer).encode()

    def _people(self, told: list[dict[str, str]]) -> dict[str, Any]:
        stay = {one["sub"] for one in told}
        for subject, account in self._site.accounts.items():
            if subject not in stay:
                account["role"] = ""
        for one in told:
            self._site.accounts[one["sub"]] = {"name": one["name"], "email": one["email"], "role": one["role"]}
        return {}

    def _quota(self, told: dict[str, Any]) -> dict[str, Any]:
        self._site.quota = told["bytes"]
        return {}

    def _limits(self, _: None) -> dict[str, Any]:
        return {"quota": self._site.quota, "effect": (self._site.hold or {}).get("effect", "")}

    def _told(self, _: None) -> dict[str, Any]:
        people = {subject: one["role"] for subject, one in self._site.accounts.items() if one["role"]}
        return {"people": people, **self._limits(None)}

    def _hold(self, told: dict[str, Any]) -> dict[str, Any]:
        self._site.hold = told
        return {}

    def _release(self, _: None) -> dict[str, Any]:
        self._site.hold = None
        return {}

    def _usage(self, _: None) -> dict[str, Any]:
        people = sum(1 for one in self._site.accounts.values() if one["role"])
        return {"bytes": self._site.bytes, "files": len(self._site.files), "accounts": people}

    def _about(self, _: None) -> dict[str, Any]:
        site = self._site
        return {
            "wordpress": "6.1.9", "db_version": DB_VERSION, "database": "memory", "address": site.address,
            "title": site.title, "language": site.language, "theme": site.theme, "prefix": "wp_",
        }  # fmt: skip

    def _themes(self, _: None) -> list[dict[str, Any]]:
        active = self._site.theme
        return [
            {"name": name, "title": title, "version": "1.0", "active": name == active} for name, title in THEMES.items()
        ]

    def _theme(self, told: dict[str, str]) -> dict[str, Any]:
        if told["name"] not in THEMES:
            raise RefusedOutside("unknown", "there is no such theme in this WordPress")
        self._site.theme = told["name"]
        return {}

    def _users(self, _: None) -> list[dict[str, str]]:
        return [{"sub": subject, **one} for subject, one in sorted(self._site.accounts.items())]

    def _contents(self) -> bytes:
        return f"<rss>{json.dumps(self._site.posts)}</rss>".encode()

    def _begin_restore(self, told: dict[str, int]) -> dict[str, Any]:
        if told["db_version"] > DB_VERSION:
            raise RefusedOutside("bad_input", "it comes from a later WordPress than this one")
        self._site.restoring, self._site.incoming = True, {}
        return {}

    def _load(self, dump: bytes) -> None:
        self._site.title, self._site.theme, self._site.accounts, self._site.posts = json.loads(dump)

    def _end_restore(self, told: dict[str, str]) -> dict[str, Any]:
        site = self._site
        # The host name itself, not a longer one that begins or goes on with it.
        former = re.compile(rf"(?<=//){re.escape(told['address'])}(?![A-Za-z0-9-]|\.[A-Za-z0-9])")
        site.posts = [[former.sub(site.address, text) for text in post] for post in site.posts]
        if site.restoring:
            site.files, site.incoming, site.restoring = site.incoming, {}, False
        return {}


def stack_of(spec: SpaceSpec) -> Stack:
    """Return the stack of a space in memory: as the recipe's, without what only a real engine needs."""
    assert spec.container
    told = {
        "ADDRESS": spec.address,
        "TITLE": spec.title,
        "LANGUAGE": spec.language,
        "QUOTA": "" if spec.quota is None else str(spec.quota),
        "ISSUER": spec.container.issuer,
        "CLIENT_ID": spec.container.client_id,
    }
    version = spec.container.version
    images = dict(zip(SERVICES, (f"archipel/wordpress:{version}", "archipel/mariadb:10.11"), strict=True))
    services = tuple(Service(name, image, environment=told if name == APP else {}) for name, image in images.items())
    secrets = {name: value.encode() for name, value in spec.container.secrets.items()}
    return Stack(stack_of_space(spec.space_id), services, secrets=secrets, labels={VERSION_LABEL: version})


class FakeWordPress(WordPressConnector):
    """The connector on an engine in memory."""

    def __init__(self, engine: MemoryEngine | None = None, versions: tuple[str, ...] = VERSIONS) -> None:
        self.engine = engine or MemoryEngine()
        deployment = Deployment(stack_of, versions, MEMORY, SECRETS, SIGN_ON, HOOKS_HERE)
        super().__init__(self.engine, deployment)  # type: ignore[arg-type]  # speaks what WordPress needs of an engine, and no more

    def site(self, space_id: str) -> Site:
        """Return what the volumes of a space hold."""
        return self.engine.sites[stack_of_space(space_id)]
