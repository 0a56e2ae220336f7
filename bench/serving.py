# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts ``./run`` on a folder of its own and a free port, and ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUERIES_HEADER = "X-Bench-Queries"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_for(data: Path, port: int) -> dict[str, str]:
    """Return what a process needs to work on a data folder."""
    return os.environ | {
        "ARCHIPEL_DATA": str(data),
        "PORT": str(port),
        "BIND": "127.0.0.1",
        "ARCHIPEL_MODE": "demonstration",
        "DJANGO_SETTINGS_MODULE": "archipel.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }


class Served:
    """A running ``./run``; ``seconds`` is how long it took until it answered."""

    def __init__(self, data: Path, port: int = 0, **environment: str) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = environment_for(data, self.port) | environment
        started = time.monotonic()
        command = [sys.executable, "-m", "archipel.config.run"]
        self.log = (data.parent / f"{data.name}.log").open("ab")
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log, cwd=ROOT)
        try:
            self._wait()
        except BaseException:
            self.process.kill()
            raise
        self.seconds = time.monotonic() - started

    def _wait(self) -> None:
        for _ in range(3600):  # three minutes: the demonstration is loaded first, on a machine that may be busy
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"./run ended with {self.process.returncode}: {Path(self.log.name).read_text()[-2000:]}"
                )
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(self.address, timeout=5) as answer:
                answer.read()
                return
            time.sleep(0.05)
        raise RuntimeError("./run does not answer")

    def processes(self) -> list[int]:
        """Return the process ids of all that ``./run`` started, itself included."""
        found = [self.process.pid]
        for pid in found:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            if children.exists():
                found += [int(word) for word in children.read_text().split()]
        return found

    def processor_seconds(self) -> float:
        """Return how much processor time they took: on a busy machine the wall clock says less than this."""
        ticks = 0
        for pid in self.processes():
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(words[11]) + int(words[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.log.close()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
