# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks to Docker engines: by a local socket or through ssh, always with a time limit, errors as *try later* or *refused*."""

from __future__ import annotations

import atexit
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, NO_IMAGE, NO_ROOM, UNKNOWN

LONGEST_REASON = 300
SOCKET = "/var/run/docker.sock"


class Silent(TryLater):
    """The engine cannot be reached: another manager may know."""


class Busy(TryLater):
    """Something of that name is there, is still used, or was changed meanwhile: read again."""


@contextmanager
def told(about: str = "") -> Iterator[None]:
    """Turn what goes wrong into one of the two ways to fail; nothing of a request is repeated in them."""
    try:
        yield
    except APIError as error:
        raise refusal(error.status_code or 500, str(error.explanation or ""), about) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, DockerException, OSError) as error:
        if _has(error, "no space left"):
            raise RefusedOutside(NO_ROOM, "a disk is full", about=about) from None
        raise Silent(f"the container engine does not answer ({type(error).__name__})") from None


def refusal(status: int, said: str, about: str = "") -> Exception:
    """Return what an error of the engine means, from its status and its words."""
    reason = f"the container engine says: {said.strip()[:LONGEST_REASON]}"
    words = said.lower()
    if "no space left" in words:
        return RefusedOutside(NO_ROOM, "a disk is full", about=about)
    if "not a swarm manager" in words or "not part of a swarm" in words:
        return RefusedOutside(BAD_INPUT, "the container engine leads no swarm", about=about)
    if status == 409 or "in use" in words or "out of sequence" in words or "active endpoints" in words:
        return Busy(reason)
    # The swarm's own "not found" comes with a status of its own.
    if status == 404 or words.strip().endswith("not found"):
        return RefusedOutside(NO_IMAGE if "no such image" in words else UNKNOWN, reason, about=about)
    if status == 400:
        return RefusedOutside(BAD_INPUT, reason, about=about)
    return TryLater(reason)


def _has(error: BaseException, words: str) -> bool:
    return words in str(error).lower()


class Client:
    """One engine: ``unix:///path`` or ``ssh://user@host[:port][/path of its socket]``. ``timeout``: seconds of silence."""

    def __init__(self, address: str, *, timeout: float = 30) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"unix", "ssh"} or (parts.scheme == "ssh" and not parts.hostname):
            raise ValueError("a container engine is at unix:///path or ssh://user@host")
        self.address = address
        self._timeout = timeout
        self._api: docker.APIClient | None = None
        self._tunnel = Tunnel(address, timeout) if parts.scheme == "ssh" else None
        self._node_id = ""
        self._lock = RLock()

    def __repr__(self) -> str:
        return f"Client({self.address!r})"

    def ask(self, call: str, *given: Any, about: str = "", **named: Any) -> Any:
        """Do one call of the SDK, or fail in one of the two ways; ``about`` is what a refusal names."""
        with told(about):
            return getattr(self.api, call)(*given, **named)

    def find(self, call: str, *given: Any, **named: Any) -> Any:
        """Do one call; None when there is no such thing."""
        try:
            return self.ask(call, *given, **named)
        except RefusedOutside as refused:
            if refused.code not in {UNKNOWN, NO_IMAGE}:
                raise
            return None

    @property
    def api(self) -> docker.APIClient:
        with self._lock:
            if self._tunnel and not self._tunnel.stands:
                self._api = None
            if self._api is None:
                place = self._tunnel.open() if self._tunnel else self.address
                self._api = docker.APIClient(place, version="auto", timeout=self._timeout)
            return self._api

    @property
    def node_id(self) -> str:
        """The id of the machine this engine is, in its swarm, as it was when first asked."""
        return self._node_id or self.node_id_now()

    def node_id_now(self) -> str:
        """Ask for that id anew: a machine that joined again has another."""
        self._node_id = str(self.ask("info")["Swarm"].get("NodeID") or "")
        return self._node_id


class Tunnel:
    """The socket of a far engine brought here by OpenSSH, with the keys and known hosts of who runs the worker."""

    def __init__(self, address: str, timeout: float) -> None:
        self._parts = urlsplit(address)
        self._timeout = timeout
        self._folder = tempfile.TemporaryDirectory(prefix="archipel-engine-")
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    @property
    def stands(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def open(self) -> str:
        """Return the address of the socket here once it is there (``Silent``)."""
        self.close()
        socket = Path(self._folder.name) / "engine.sock"
        socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 - the words come from the host's own setting
            self._command(socket), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + self._timeout
        while self.stands and time.monotonic() < end:
            if socket.exists():
                return f"unix://{socket}"
            time.sleep(0.05)
        self.close()
        raise Silent(f"no way to the container engine by ssh ({self._parts.hostname})")

    def _command(self, socket: Path) -> Sequence[str]:
        parts = self._parts
        port = ["-p", str(parts.port)] if parts.port else []
        user = ["-l", parts.username] if parts.username else []
        patience = f"ConnectTimeout={max(1, int(self._timeout))}"
        options = [
            "BatchMode=yes",
            "ExitOnForwardFailure=yes",
            "ServerAliveInterval=10",
            "ServerAliveCountMax=3",
            patience,
        ]
        said = [word for option in options for word in ("-o", option)]
        way = f"{socket}:{parts.path or SOCKET}"
        return ["ssh", "-N", "-T", *said, *port, *user, "-L", way, "--", str(parts.hostname)]

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __repr__(self) -> str:
        return f"Tunnel({shlex.quote(str(self._parts.hostname))})"


class Managers:
    """The engines that lead the swarm: asked one after the other until one answers; the one that did is asked first."""

    def __init__(self, clients: Sequence[Client]) -> None:
        if not clients:
            raise ValueError("a swarm has at least one engine to ask")
        self.clients = list(clients)

    def ask(self, call: str, *given: Any, about: str = "", **named: Any) -> Any:
        return self._first(lambda client: client.ask(call, *given, about=about, **named))

    def find(self, call: str, *given: Any, **named: Any) -> Any:
        return self._first(lambda client: client.find(call, *given, **named))

    def _first(self, call: Callable[[Client], Any]) -> Any:
        last = Silent("no container engine answers")
        for client in list(self.clients):
            try:
                found = call(client)
            except Silent as silent:
                last = silent
                continue
            if self.clients[0] is not client:
                self.clients.sort(key=lambda one: one is not client)
            return found
        raise last

    @property
    def first(self) -> Client:
        """The manager that answers."""
        self.ask("ping")
        return self.clients[0]
