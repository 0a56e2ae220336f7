# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small stand-in for ``systemctl``: starts and stops the units of ``deploy/systemd`` as plain processes.

``python -m tests.deployment.units FOLDER start|stop|is-active|show UNIT…``: FOLDER stands for the machine's root. What units
demand is started first, their environment files are read, their very command lines are run.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
PATIENCE = 120.0
# Of the machine's root: what a unit names below these is below FOLDER here.
MOVED = ("/opt/archipel", "/etc/archipel", "/var/lib/archipel")


class Unit:
    """A unit's words, by section and name, in the order they stand."""

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name.removesuffix(".service")
        self.words: dict[str, list[str]] = {}
        for line in (UNITS / f"{self.name}.service").read_text().splitlines():
            key, found, value = line.partition("=")
            if found and not line.startswith("#"):
                self.words.setdefault(key, []).append(self._here(value))

    def _here(self, value: str) -> str:
        for path in MOVED:
            value = value.replace(path, f"{self.root}{path}")
        return value

    @property
    def pid_file(self) -> Path:
        return self.root / "run" / f"{self.name}.pid"

    @property
    def pid(self) -> int:
        """Return the main process, 0 when none is alive."""
        with suppress(OSError, ValueError, IndexError):
            pid = int(self.pid_file.read_text())
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z":
                return pid
        return 0

    def environment(self) -> dict[str, str]:
        made = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "HOME"}}
        for path in self.words.get("EnvironmentFile", []):
            for line in _lines(Path(path.removeprefix("-")), optional=path.startswith("-")):
                key, _, value = line.partition("=")
                made[key] = value
        for line in self.words.get("Environment", []):
            made |= dict(word.split("=", 1) for word in shlex.split(line))
        return made

    def start(self) -> int:
        if self.pid:
            return 0
        for other in " ".join(self.words.get("Requires", [])).split():
            if Unit(self.root, other).start():
                return 1
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        kind, line = self.words["Type"][0], None
        environment = self.environment()
        if kind == "notify":
            address = self.root / "run" / f"{self.name}.notify"
            address.unlink(missing_ok=True)
            line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            line.bind(str(address))
            environment["NOTIFY_SOCKET"] = str(address)
        with (self.root / "run" / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen(
                shlex.split(self.words["ExecStart"][0]), env=environment, stdout=log, stderr=log, start_new_session=True
            )
        if kind == "oneshot":
            return process.wait()
        self.pid_file.write_text(str(process.pid))
        return _until_ready(process, line) if line else 0

    def stop(self) -> int:
        pid = self.pid
        if pid:
            os.kill(pid, signal.SIGTERM)
            end = time.monotonic() + 40
            while self.pid and time.monotonic() < end:
                time.sleep(0.1)
        return 1 if self.pid else 0


def _lines(path: Path, *, optional: bool) -> list[str]:
    if optional and not path.exists():
        return []
    return [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]


def _until_ready(process: subprocess.Popen[bytes], line: socket.socket) -> int:
    line.settimeout(0.2)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(TimeoutError):
            if b"READY=1" in line.recv(1000):
                return 0
    return 1


def main(words: list[str]) -> int:
    root, act = Path(words[0]), words[1]
    units = [Unit(root, name) for name in words[2:] if not name.startswith("--")]
    if act == "is-active":
        return 0 if all(unit.pid for unit in units) else 3
    if act in {"start", "stop"}:
        return max(getattr(unit, act)() for unit in units)
    print(f"{act} is not known", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
