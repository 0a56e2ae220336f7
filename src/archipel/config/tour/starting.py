# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from archipel.config.tour.speaking import Broken
from archipel.config.tour.walking import Walk

PATIENCE = 90.0


def walk() -> int:
    """Start a demonstration in a folder of its own, walk through it, stop it; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="archipel-tour-") as folder:
        data, log = Path(folder) / "data", Path(folder) / "log"
        port = _free_port()
        environment = os.environ | {
            "ARCHIPEL_DATA": str(data),
            "PORT": str(port),
            "BIND": "127.0.0.1",
            "ARCHIPEL_MODE": "demonstration",
        }
        environment.pop("ARCHIPEL_DATABASE", None)
        with log.open("wb") as lines:
            server = subprocess.Popen(
                [sys.executable, "-m", "archipel.config.run"], env=environment, stdout=lines, stderr=lines
            )
        try:
            _wait(server, f"http://127.0.0.1:{port}/api/clock", log)
            Walk(f"http://127.0.0.1:{port}", say=_say).all()
        except Broken as problem:
            print(f"The tour stopped: {problem}", file=sys.stderr)
            print(log.read_text()[-3000:], file=sys.stderr)
            return 1
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    print("The whole path was walked; nothing is left running.")
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Broken(f"the demonstration did not start: {log.read_text()[-1000:]}")
        try:
            urllib.request.urlopen(address, timeout=5).read()  # noqa: S310 - our own address on loopback
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise Broken("the demonstration does not answer")


def _say(line: str) -> None:
    print(line, flush=True)
