# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PostgreSQL server of our own for the tests: on loopback, in a folder that goes away with it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Cluster:
    """A running server; ``address`` is what ``ARCHIPEL_DATABASE`` takes."""

    process: subprocess.Popen[bytes]
    folder: Path
    address: str

    @staticmethod
    def binaries() -> Path | None:
        """Return the folder of the newest server installed."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        if found:
            return found[-1].parent
        other = shutil.which("postgres")
        return Path(other).resolve().parent if other else None

    @classmethod
    def start(cls, folder: Path) -> Cluster:
        """Make a cluster and start it, as user ``postgres`` when root (PostgreSQL refuses to run as root)."""
        binaries = cls.binaries()
        assert binaries, "PostgreSQL is not installed"
        home = folder / "postgresql"
        home.mkdir()
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            folder.chmod(0o755)
            os.chown(home, user.pw_uid, user.pw_gid)
            as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quiet = {"stdout": subprocess.DEVNULL, "cwd": home}
        make = [
            binaries / "initdb",
            "-D",
            home / "data",
            "-U",
            "archipel",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run(make, check=True, **quiet, **as_user)  # type: ignore[call-overload]
        speed = [
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "max_connections=200",
        ]
        where = ["-D", home / "data", "-p", str(port), "-k", home, "-h", "127.0.0.1"]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen([binaries / "postgres", *where, *speed], stderr=log, **quiet, **as_user)  # type: ignore[call-overload]
        cluster = cls(process, home, f"postgresql://archipel@127.0.0.1:{port}/archipel")
        cluster._wait(binaries, port)
        subprocess.run(
            [binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "archipel", "archipel"], check=True
        )
        return cluster

    def _wait(self, binaries: Path, port: int) -> None:
        for _ in range(300):
            ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop at once; nothing in it is worth keeping."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
