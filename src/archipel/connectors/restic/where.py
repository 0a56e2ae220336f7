# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where repositories lie: a folder, S3, another machine by SFTP. One repository for each thing that is backed up.

So a night costs what it copies, however many spaces there are; what is damaged or locked is one thing's copies; and what
is dropped is gone with its keys.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from archipel.connectors.restic.failures import FORBIDDEN, failure_of
from archipel.kernel.outside import RefusedOutside, TryLater

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
PATIENCE = 15


class Where(Protocol):
    """What differs between the kinds of storage; restic does the rest."""

    environment: Mapping[str, str]
    options: Sequence[str]
    files: Mapping[str, str]

    def repository(self, name: str) -> str:
        """Return what restic calls the repository of that name."""
        ...

    def reach(self) -> None:
        """Look within seconds whether the place can be reached at all (``TryLater``): restic itself tries for minutes."""
        ...

    def names(self) -> list[str]:
        """Return the names of the repositories there."""
        ...

    def remove(self, name: str) -> None:
        """Delete what is left of a repository."""
        ...

    def size(self) -> int | None:
        """Return the bytes of everything there, None where only restic can tell."""
        ...


class Folder:
    """A folder of this machine, or a disk mounted there."""

    environment: Mapping[str, str] = {}
    options: Sequence[str] = ()
    files: Mapping[str, str] = {}

    def __init__(self, location: str) -> None:
        if not location.startswith("/") or ".." in Path(location).parts:
            raise RefusedOutside("bad_input", "the path of a folder begins with / and goes nowhere up")
        self._folder = Path(location)

    def repository(self, name: str) -> str:
        return str(self._folder / name)

    def reach(self) -> None:
        """A folder that is not there is found out by reading it."""

    def names(self) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.iterdir() if (path / "config").is_file())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RefusedOutside(FORBIDDEN, f"the folder cannot be read: {error.strerror}") from error

    def remove(self, name: str) -> None:
        try:
            shutil.rmtree(self._folder / name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise RefusedOutside(FORBIDDEN, f"the copies cannot be deleted: {error.strerror}") from error

    def size(self) -> int:
        return sum(
            (Path(top) / file).stat(follow_symlinks=False).st_size
            for name in self.names()
            for top, _, files in os.walk(self._folder / name)
            for file in files
        )


class Sftp:
    """``user@machine:/path``, with a private key of OpenSSH and the line of ``known_hosts`` that names the machine's key.

    Nobody is asked and nothing unknown is trusted: a machine that shows another key is refused.
    """

    environment: Mapping[str, str] = {}
    _SHAPE = re.compile(r"([a-z_][a-z0-9_.-]{0,31})@([A-Za-z0-9][A-Za-z0-9.-]{0,252}):(/[^\s'\"\\]*)")

    def __init__(self, location: str, credentials: Mapping[str, str]) -> None:
        shape = self._SHAPE.fullmatch(location)
        port = str(credentials.get("port", "") or "22")
        if not shape or ".." in Path(shape[3]).parts or not port.isdecimal():
            raise RefusedOutside("bad_input", "another machine is written user@machine:/path")
        self._user, self._host, self._path = shape.groups()
        self._port = int(port)
        self.files: Mapping[str, str] = {
            "key": credentials.get("private_key", ""),
            "known": credentials.get("known_host", ""),
        }
        self._ssh = [
            f"-oPort={port}", f"-oUser={self._user}", "-oIdentityFile={key}", "-oIdentitiesOnly=yes",
            "-oUserKnownHostsFile={known}", "-oGlobalKnownHostsFile=/dev/null", "-oStrictHostKeyChecking=yes",
            "-oBatchMode=yes", "-oConnectTimeout=15", "-oServerAliveInterval=30", "-oServerAliveCountMax=4", "-F/dev/null",
        ]  # fmt: skip
        self.options: Sequence[str] = [f"sftp.command={' '.join(['ssh', *self._ssh, self._host, '-s', 'sftp'])}"]

    def repository(self, name: str) -> str:
        return f"sftp:{self._user}@{self._host}:{self._path.rstrip('/')}/{name}"

    def reach(self) -> None:
        try:
            socket.create_connection((self._host, self._port), timeout=PATIENCE).close()
        except OSError as error:
            raise TryLater(f"{self._host} does not answer", after=300) from error

    def names(self) -> list[str]:
        said = self._sftp(f"ls -1 {shlex.quote(self._path)}\n")
        names = [line.strip().rpartition("/")[2] for line in said.splitlines() if not line.startswith("sftp>")]
        return sorted(name for name in names if NAME.fullmatch(name))

    def remove(self, name: str) -> None:
        """Restic has deleted the copies: what stays is a repository without any, which SFTP could only take away file by file."""

    def size(self) -> None:
        return None

    def _sftp(self, batch: str) -> str:
        with tempfile.TemporaryDirectory(prefix="archipel-sftp-") as folder:
            paths = {}
            for name, text in self.files.items():
                paths[name] = str(Path(folder) / name)
                with os.fdopen(os.open(paths[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(text if text.endswith("\n") else text + "\n")
            command = ["sftp", "-q", "-b", "-", *(word.format_map(paths) for word in self._ssh), self._host]
            try:
                done = subprocess.run(  # noqa: S603 - the words are ours, the place's are checked by _SHAPE
                    command, input=batch, capture_output=True, text=True, timeout=60, check=False
                )
            except FileNotFoundError as error:
                raise RefusedOutside("no_program", "the client of OpenSSH is not installed on this machine") from error
            except subprocess.TimeoutExpired as error:
                raise TryLater(f"{self._host} does not answer", after=300) from error
        if done.returncode:
            raise failure_of(done.stderr)
        return done.stdout
