# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real Caddy on loopback with its admin API on a Unix socket, and small applications behind it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from archipel.connectors.caddy.client import AdminClient
from archipel.connectors.caddy.configuration import Standing
from archipel.connectors.caddy.connector import CaddyProxy
from archipel.kernel.outside import TryLater
from tests.connectors.websites.servers import free_ports


class Caddy:
    """One process; ``restart`` starts it anew with nothing but its admin API, as ``caddy run`` does without ``--resume``."""

    def __init__(self, folder: Path, permission_url: str = "", *, unix: bool = True, **values) -> None:
        self.folder = folder
        http_port, https_port, admin_port = free_ports(3)
        # The path of a Unix socket has at most 107 signs: shorter than a folder of pytest may be.
        self._short = tempfile.TemporaryDirectory(prefix="caddy-")
        admin = f"unix/{self._short.name}/admin|0660" if unix else f"127.0.0.1:{admin_port}"
        self.standing = replace(
            Standing(admin, permission_url, issuer="internal", listen=("127.0.0.1",)),
            http_port=http_port,
            https_port=https_port,
            **values,
        )
        self.log = folder / "caddy.log"
        self._start()

    @property
    def client(self) -> AdminClient:
        return AdminClient(self.standing.admin, seconds=20)

    @property
    def proxy(self) -> CaddyProxy:
        return CaddyProxy(self.standing, client=self.client)

    def _start(self) -> None:
        first = self.folder / "first.json"
        first.write_text(json.dumps({"admin": {"listen": self.standing.admin}}))
        homes = {name: str(self.folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        program = Path(sys.executable).parent / "caddy"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(program), "run", "--config", str(first)], env=os.environ | homes, stdout=log, stderr=log
            )
        until = time.monotonic() + 20
        while True:
            try:
                self.client.read("/config/")
                return
            except TryLater:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(self.log.read_text()[-2000:]) from None
                time.sleep(0.05)

    def restart(self) -> None:
        self.end()
        self._start()

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        self.end()
        self._short.cleanup()


@contextmanager
def caddy(folder: Path, permission_url: str = "", **values) -> Iterator[Caddy]:
    found = Caddy(folder, permission_url, **values)
    try:
        yield found
    finally:
        found.close()


class Application(ThreadingHTTPServer):
    """Answers its name and what it was told; remembers each request."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.name = name
        self.seen: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.first_piece_at = 0.0
        self.received = 0
        self.allowed: set[str] = set()
        self.go_on = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Application

    def do_GET(self) -> None:
        self.server.seen.append(dict(self.headers.items()))
        self.server.paths.append(self.path)
        if self.path.startswith("/known"):
            name = self.path.rpartition("domain=")[2].partition("&")[0]
            self._say(200 if name in self.server.allowed else 404, b"")
        elif self.headers.get("Upgrade", "").lower() == "websocket":
            self._echo()
        elif self.path == "/slowly":
            self._slowly()
        else:
            self._say(200, f"{self.server.name} {self.path}".encode())

    def do_POST(self) -> None:
        left = int(self.headers.get("Content-Length") or 0)
        while left and (piece := self.rfile.read(min(left, 65536))):
            self.server.first_piece_at = self.server.first_piece_at or time.monotonic()
            left -= len(piece)
            self.server.received += len(piece)
        self._say(200, str(self.server.received).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _slowly(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"data: one\n\n")
        self.wfile.flush()
        self.server.go_on.wait(20)
        self.wfile.write(b"data: two\n\n")
        self.close_connection = True

    def _echo(self) -> None:
        # Enough of RFC 6455 for a proxy: after 101, bytes go both ways.
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        self.close_connection = True
        while piece := self.rfile.read1(1024):
            self.wfile.write(piece)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def application(name: str) -> Iterator[Application]:
    found = Application(name)
    try:
        yield found
    finally:
        found.go_on.set()
        found.shutdown()
        found.server_close()
