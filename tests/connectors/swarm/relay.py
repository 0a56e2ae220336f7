# SPDX-License-Identifier: AGPL-3.0-or-later
"""A socket between connector and engine that can fall silent at a given call, before it or after it was done."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REQUEST = re.compile(rb"^(?:GET|POST|PUT|DELETE|HEAD) /")
PIECE = 65536


class Relay:
    """``fail("silent", nth)`` cuts the n-th call off before the engine hears of it, ``"lost"`` once it has answered."""

    def __init__(self, path: Path, engine: str) -> None:
        self.address = f"unix://{path}"
        self._engine = engine.removeprefix("unix://")
        self._fault, self._nth = "", 0
        self.calls = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self, fault: str, nth: int) -> None:
        self._fault, self._nth, self.calls = fault, nth, 0

    def heal(self) -> None:
        self.fail("", 0)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as engine, suppress(OSError):
            engine.connect(self._engine)
            threading.Thread(target=self._back, args=(engine, client), daemon=True).start()
            while piece := client.recv(PIECE):
                if REQUEST.match(piece):
                    self.calls += 1
                if self._fault == "silent" and self.calls == self._nth:
                    return
                engine.sendall(piece)

    def _back(self, engine: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := engine.recv(PIECE):
                if self._fault == "lost" and self.calls == self._nth:
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(piece)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(folder: Path, engine: str) -> Iterator[Relay]:
    one = Relay(folder / "relay.sock", engine)
    try:
        yield one
    finally:
        one.close()


class Parrot:
    """An engine that refuses every call but the first, of its version, and repeats ``words`` while doing so."""

    def __init__(self, path: Path, words: str) -> None:
        self.address = f"unix://{path}"
        self._words = words
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            with client, suppress(OSError):
                asked = client.recv(PIECE)
                version = asked.startswith(b"GET /version")
                status, said = ("200 OK", '{"ApiVersion": "1.41"}') if version else ("400 Bad Request", self._refusal)
                head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
                client.sendall(f"{head}Content-Length: {len(said)}\r\n\r\n{said}".encode())

    @property
    def _refusal(self) -> str:
        return json.dumps({"message": self._words})


class Deaf:
    """A socket that takes calls and never answers."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix://{path}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
