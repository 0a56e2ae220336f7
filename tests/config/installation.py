# SPDX-License-Identifier: AGPL-3.0-or-later
"""``archipel web`` and its sisters as real processes, on a data folder and a port of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from bench.serving import ROOT, free_port


class Installation:
    """A data folder, and the processes that were started on it; ``stop`` ends them all."""

    def __init__(self, data: Path, source: Path = ROOT / "src", **more: str) -> None:
        self.data, self.source, self.port = data, source, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        (data.parent / "temporary").mkdir(exist_ok=True)
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("ARCHIPEL_", "DJANGO_", "PORT"))
        }
        self.environment = clean | {
            "ARCHIPEL_DATA": str(data), "PORT": str(self.port), "PYTHONPATH": str(source), "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(data.parent / "temporary"), "ARCHIPEL_BACKUP_PASSPHRASE": "quatre bateaux bleus",
        } | more  # fmt: skip
        self.log = data.parent / f"{data.name}.log"
        self.running: list[subprocess.Popen[bytes]] = []

    def run(self, *words: str, stdin: str = "", timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Run one ``archipel`` command to its end."""
        command = [sys.executable, "-m", "archipel", *words]
        return subprocess.run(
            command, env=self.environment, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """Start one that lasts."""
        command = [sys.executable, "-m", "archipel", *words]
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, env=self.environment | more, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and body of a page."""
        asked = urllib.request.Request(
            f"{self.address}{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def wait(self, seconds: float = 90) -> None:
        """Return once the web process lives."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(OSError):
                if self.get("/health/live")[0] == 200:
                    return
            if any(process.poll() is not None for process in self.running):
                break
            time.sleep(0.1)
        raise AssertionError(f"it does not answer: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(40)
        self.running.clear()

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
