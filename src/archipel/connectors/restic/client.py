# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs restic: secrets by file descriptor and environment of the child alone, a time limit, errors as the two ways to fail.

The child dies with the thread that waits for it (``setpriv --pdeathsig``), and holds the lock file of its repository as
long as it lives: whatever ends this process, no second restic of this machine writes to the same repository.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archipel.connectors.restic.failures import HOPELESS, Locked, failure_of
from archipel.kernel.outside import RefusedOutside, TryLater

SHORT, LONG = 180.0, 6 * 3600.0
"""Seconds for a call that reads a few small files, and for one that moves a whole space."""
PARTLY = 3
"""Restic's exit status when something of what it was to keep could not be read."""
_KEPT = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_GRACE = 10.0


@dataclass(frozen=True)
class Answer:
    """What restic wrote, and whether it left something out (status 3)."""

    output: str
    partly: bool = False


@dataclass
class Restic:
    """``environment`` and ``options`` open the storage; ``files`` are written for the time of a call, where options name them
    as ``{name}`` (keys of SSH cannot be given otherwise). ``cache`` is a folder of ours."""

    passphrase: str = field(repr=False)
    cache: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    program: str = "restic"

    def run(self, repository: str, *words: str, cwd: Path | None = None, timeout: float = SHORT) -> Answer:
        """Run one command; what a killed restic of ours left locked is unlocked first (``TryLater``, ``RefusedOutside``)."""
        if shutil.which(self.program) is None:
            raise RefusedOutside("no_program", "restic is not installed on this machine")
        with self._alone(repository) as held:
            try:
                return self._run(repository, words, held, cwd, timeout)
            except Locked:
                # Takes away locks of this machine whose process is gone, and those nobody renewed for half an hour.
                self._run(repository, ("unlock",), held, None, SHORT)
                try:
                    return self._run(repository, words, held, cwd, timeout)
                except Locked as error:
                    raise TryLater("somebody else works in this place", after=300) from error

    @contextmanager
    def _alone(self, repository: str) -> Iterator[int]:
        locks = self.cache / "locks"
        locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(repository.encode()).hexdigest()[:32]
        handle = os.open(locks / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise TryLater("a back-up is being worked on there", after=60) from error
        try:
            yield handle
        finally:
            # Closed, not unlocked: a child that outlives this call keeps it.
            os.close(handle)

    def _run(self, repository: str, words: Sequence[str], held: int, cwd: Path | None, timeout: float) -> Answer:
        with self._secrets() as (secret, options):
            command = [
                *_dying_with_us(),
                self.program,
                f"--repo={repository}",
                f"--password-file=/dev/fd/{secret}",
                f"--cache-dir={self.cache / 'restic'}",
                *(f"--option={option}" for option in options),
                *words,
            ]
            call = _Call(command, self._environment(), cwd, (secret, held), timeout)
            return call.answer()

    def _environment(self) -> dict[str, str]:
        """Return all the child knows: none of our own settings, no home of anybody."""
        scratch = self.cache / "scratch"
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        ours = {
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "RESTIC_PROGRESS_FPS": "0.02",
        }
        return {**kept, **ours, **self.environment}

    @contextmanager
    def _secrets(self) -> Iterator[tuple[int, list[str]]]:
        handle = os.memfd_create("passphrase", os.MFD_CLOEXEC)
        try:
            os.write(handle, self.passphrase.encode())
            with tempfile.TemporaryDirectory(prefix="archipel-restic-") as folder:
                paths = {name: _secret_file(Path(folder) / name, text) for name, text in self.files.items()}
                yield handle, [option.format_map(paths) for option in self.options]
        finally:
            os.close(handle)


def _secret_file(path: Path, text: str) -> str:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text if text.endswith("\n") else text + "\n")
    return str(path)


def _dying_with_us() -> list[str]:
    return ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []


class _Call:
    """One run of the program, read on both pipes, stopped at its time limit or when it tries in vain."""

    def __init__(
        self, command: list[str], environment: dict[str, str], cwd: Path | None, handles: Sequence[int], timeout: float
    ) -> None:
        self.errors: list[str] = []
        self._late = False
        self._timeout = timeout
        self._process = subprocess.Popen(  # noqa: S603 - the words are ours, names and ids are checked
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=handles,
            start_new_session=True,
            text=True,
            errors="replace",
        )

    def answer(self) -> Answer:
        """Wait for the end and return what was written."""
        watch = threading.Thread(target=self._watch, daemon=True)
        limit = threading.Timer(self._timeout, self._give_up)
        watch.start()
        limit.start()
        assert self._process.stdout
        try:
            output = self._process.stdout.read()
            status = self._process.wait()
            watch.join(timeout=_GRACE)
        finally:
            limit.cancel()
            self._end()
        if status in (0, PARTLY):
            return Answer(output, partly=status == PARTLY)
        if self._late:
            raise TryLater(f"no end after {self._timeout:.0f} seconds", after=600)
        raise failure_of("\n".join(self.errors))

    def _watch(self) -> None:
        """Keep the last lines it says, and stop what restic would try for a quarter of an hour although it cannot work."""
        assert self._process.stderr
        hopeless = 0
        for line in self._process.stderr:
            self.errors = [*self.errors[-40:], line.rstrip()]
            hopeless += "retrying after" in line and bool(HOPELESS.search(line))
            if hopeless == 3:
                _signal(self._process, signal.SIGINT)

    def _give_up(self) -> None:
        self._late = True
        # Interrupted it takes its own lock away; killed it does not.
        _signal(self._process, signal.SIGINT)
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            _signal(self._process, signal.SIGKILL)

    def _end(self) -> None:
        if self._process.poll() is None:
            _signal(self._process, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()


def _signal(process: subprocess.Popen[str], number: int) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
