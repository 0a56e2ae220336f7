# SPDX-License-Identifier: AGPL-3.0-or-later
"""A command inside a container: what it reads and writes passes in pieces, both ways at once, until a moment is reached.

The frames of an attached container: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from archipel.connectors.swarm.client import Client, refusal, told
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, Ran

PIECE = 64 * 1024
HEADER = 8
# What a command may say when nobody gave a file for it.
MOST_OUTPUT = 8 * 1024 * 1024


def run(
    client: Client,
    container: str,
    command: Sequence[str],
    *,
    stdin: IO[bytes] | None,
    stdout: IO[bytes] | None,
    environment: Mapping[str, str],
    user: str,
    timeout: float,
) -> Ran:
    """Run a command and return what it answered (``TryLater`` when it takes longer than ``timeout`` seconds)."""
    end = time.monotonic() + timeout
    about = command[0] if command else ""
    made = client.ask(
        "exec_create",
        container,
        list(command),
        stdin=stdin is not None,
        environment=dict(environment),
        user=user,
        about=about,
    )
    api = client.api
    with told(about):
        answer = api.post(
            f"{api.base_url}/v{api.api_version}/exec/{made['Id']}/start",
            json={"Detach": False, "Tty": False},
            headers={"Connection": "Upgrade", "Upgrade": "tcp"},
            stream=True,
            timeout=timeout,
        )
    try:
        if answer.status_code >= 400:
            raise refusal(answer.status_code, _message(answer), about)
        talk = _Talk(answer, stdout)
        with told(about):
            talk.go(stdin, end)
    finally:
        answer.close()
    return Ran(_code(client, made["Id"], end), bytes(talk.output), bytes(talk.errors))


def _message(answer: Any) -> str:
    try:
        return str(answer.json().get("message", ""))
    except ValueError:
        return ""


def _code(client: Client, exec_id: str, end: float) -> int:
    """Return the exit code: the stream ends an instant before it is known."""
    while True:
        seen = client.ask("exec_inspect", exec_id)
        if not seen["Running"] and seen["ExitCode"] is not None:
            return int(seen["ExitCode"])
        if time.monotonic() > end:
            raise TryLater("a command in a container takes too long")
        time.sleep(0.05)


class _Talk:
    """The connection of one command. Whatever its HTTP client read too far is looked at first."""

    def __init__(self, answer: Any, stdout: IO[bytes] | None) -> None:
        reader = answer.raw._fp.fp
        self._socket: socket.socket = reader.raw._sock
        self._socket.settimeout(0)
        self._rest = bytearray(reader.peek() or b"")
        self._stdout = stdout
        self._kind, self._left = 0, 0
        self.output = bytearray()
        self.errors = bytearray()

    def go(self, stdin: IO[bytes] | None, end: float) -> None:
        """Give what ``stdin`` holds and take what is said, until the command ends."""
        pending = memoryview(b"")
        self._understand()
        while True:
            if stdin is not None and not pending:
                pending = memoryview(stdin.read(PIECE))
                if not pending:
                    stdin = None
                    self._end_of_input()
            left = end - time.monotonic()
            if left <= 0:
                raise TryLater("a command in a container takes too long")
            readable, writable, _ = select.select([self._socket], [self._socket] if pending else [], [], left)
            if writable:
                pending, stdin = self._give(pending, stdin)
            if readable and not self._take():
                return

    def _give(self, pending: memoryview, stdin: IO[bytes] | None) -> tuple[memoryview, IO[bytes] | None]:
        try:
            return pending[self._socket.send(pending) :], stdin
        except BlockingIOError:
            return pending, stdin
        except (BrokenPipeError, ConnectionResetError):
            # It ended without reading all: what it said still comes.
            return memoryview(b""), None

    def _end_of_input(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            # It is gone already.
            return

    def _take(self) -> bool:
        try:
            piece = self._socket.recv(PIECE)
        except BlockingIOError:
            return True
        if not piece:
            if self._left or self._rest:
                raise TryLater("what a command said was cut off")
            return False
        self._rest += piece
        self._understand()
        return True

    def _understand(self) -> None:
        """Share out what came: frames of a kind (2: errors) and a length."""
        while self._rest:
            if not self._left:
                if len(self._rest) < HEADER:
                    return
                self._kind, self._left = self._rest[0], int.from_bytes(self._rest[4:HEADER], "big")
                del self._rest[:HEADER]
                continue
            piece = self._rest[: self._left]
            del self._rest[: self._left]
            self._left -= len(piece)
            self._put(bytes(piece))

    def _put(self, piece: bytes) -> None:
        if self._kind != 2 and self._stdout is not None:
            self._stdout.write(piece)
            return
        kept = self.errors if self._kind == 2 else self.output
        kept += piece
        if len(kept) > MOST_OUTPUT:
            raise RefusedOutside(BAD_INPUT, f"a command says more than {MOST_OUTPUT} bytes and no file takes it")


def copy(pieces: Iterable[bytes], target: IO[bytes], about: str) -> None:
    """Write a stream of the engine to a file, piece by piece."""
    with told(about):
        for piece in pieces:
            target.write(piece)
