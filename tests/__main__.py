# SPDX-License-Identifier: AGPL-3.0-or-later
"""``./test``: sets up what tests need, runs them part by part, says the minutes of each and what was skipped and why.

As root it installs Debian packages (Chromium, PostgreSQL, Dovecot, Java and Maven for Keycloak, restic and an SSH server); as a plain user it uses what is there and says
what it had to leave out. ``--nothing-skipped`` makes any skip a failure.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgresql import Cluster

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
PACKAGES = {
    "chromium": "chromium",
    "debootstrap": "debootstrap",
    "dockerd": "docker.io",
    "curl": "curl",
    "dovecot": "dovecot-imapd",
    "dropbear": "dropbear-bin",
    "ip": "iproute2",
    "iptables": "iptables",
    "java": "openjdk-17-jre-headless",
    "mvn": "maven",
    "node": "nodejs",
    "npm": "npm",
    "postgresql": "postgresql",
    "restic": "restic",
    "sftp-server": "openssh-sftp-server",
    "ssh": "openssh-client",
    "systemd-analyze": "systemd",
    "unzip": "unzip",
}
# Parts that wait more than they compute (killed workers, real servers, a browser) run beside one another.
LANES = 3
# More failures than this are no matter of a busy machine.
MOST_UNSTEADY = 6
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|error)")


@dataclass
class Part:
    """One run of a program and what came of it."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    beside: bool = False

    def run(self) -> None:
        """Run, saying each line as it comes; a part that runs beside others says all its lines at its end."""
        print(f"\n== {self.name}{' (beside others)' if self.beside else ''}", flush=True)
        started = time.monotonic()
        lines: list[str] = []
        self._run_once(self.command, lines.append if self.beside else _say)
        self.seconds = time.monotonic() - started
        if lines:
            _say(f"\n== {self.name}, after {self.seconds / 60:.1f} minutes\n{''.join(lines)}")

    def _is_pytest(self) -> bool:
        return self.command[1:3] == ["-m", "pytest"]

    def _run_once(self, command: list[str], say: Callable[[str], None]) -> None:
        """Run, count, and keep the lines of pytest's summary that name a failure."""
        failures = []
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        for line in process.stdout:
            say(line)
            if line.startswith("SKIPPED"):
                self.skipped.append(line.strip())
            if line.startswith(("FAILED ", "ERROR ")):
                failures.append(line.strip())
            if "::" not in line and re.search(r"\bin [\d.]+s", line):
                found = {word: int(number) for number, word in COUNTS.findall(line)}
                self.passed += found.get("passed", 0)
                self.failed += found.get("failed", 0) + found.get("error", 0)
        code = process.wait()
        # Five: pytest found nothing to run in this part, which is no failure of a selection.
        if code not in (0, 5) and not self.failed:
            self.failed = 1
        if code == 0 and not self._is_pytest():
            self.passed += 1
        self.failures = failures

    def try_alone(self) -> None:
        """Try what failed once more, alone and after the others: what passes then is unsteady, and is said to be."""
        if not self.failed or not self._is_pytest():
            return
        first = list(self.failures)
        names = [words.split(" ", 2)[1] for words in first]
        if not names or len(names) > MOST_UNSTEADY or any("::" not in name for name in names):
            return
        print(f"-- once more, alone: {' '.join(names)}", flush=True)
        self.failed = 0
        started = time.monotonic()
        # The steps of a journey follow one another: it is walked again from its beginning.
        chosen = [name.partition("::")[0] if name.startswith("tests/journeys/") else name for name in names]
        self._run_once([*_pytest(), *dict.fromkeys(chosen)], _say)
        self.seconds += time.monotonic() - started
        again = {words.split(" ", 2)[1] for words in self.failures}
        self.unsteady = [name for name in names if name not in again]


def _say(text: str) -> None:
    print(text, end="", flush=True)


def main() -> int:
    arguments = _arguments()
    os.environ["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "")
    missing = [] if arguments.fast else _install()
    if not arguments.fast and not {"java", "mvn"} & set(missing):
        _prepare_keycloak(arguments.paths)
    with tempfile.TemporaryDirectory(prefix="archipel-tests-") as folder:
        cluster = None if arguments.fast or "postgresql" in missing else Cluster.start(Path(folder))
        try:
            parts = _parts(arguments, cluster)
            for part in parts:
                if not part.beside:
                    part.run()
            with ThreadPoolExecutor(LANES) as lanes:
                list(lanes.map(Part.run, [part for part in parts if part.beside]))
            for part in parts:
                part.try_alone()
        finally:
            if cluster:
                cluster.stop()
    return _report(parts, missing, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./test", description="Run the tests of Archipel.")
    parser.add_argument("--fast", action="store_true", help="SQLite only, no browser, no server, no killed process")
    parser.add_argument("--nothing-skipped", action="store_true", help="fail when anything is skipped")
    parser.add_argument("paths", nargs="*", help="files or folders of tests")
    return parser.parse_args()


def _install() -> list[str]:
    """Install the Debian packages tests need when root; return the names of what is still missing."""
    absent = [name for name in PACKAGES if not _present(name)]
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        print(f"Installing for the tests: {', '.join(PACKAGES[name] for name in absent)}", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=os.environ | quiet)
        wanted = [PACKAGES[name] for name in absent]
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted],
            check=False, env=os.environ | quiet, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        absent = [name for name in PACKAGES if not _present(name)]
    return absent


def _prepare_keycloak(paths: list[str]) -> None:
    """Fetch and build Keycloak before the tests, so that none of them waits for a download; what fails is said there."""
    if not paths or any("keycloak" in path for path in paths):
        subprocess.run([PYTHON, "-m", "tests.connectors.keycloak.server"], check=False, cwd=ROOT)


def _present(name: str) -> bool:
    if name == "postgresql":
        return Cluster.binaries() is not None
    folders = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/usr/lib/openssh"
    return shutil.which(name, path=folders) is not None


def _pytest(*words: str) -> list[str]:
    return [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]


def _parts(arguments: argparse.Namespace, cluster: Cluster | None) -> list[Part]:
    paths = arguments.paths
    quick = "not browser and not server and not kill and not slow"
    if arguments.fast:
        return [*_checks(paths, fast=True), Part("tests, SQLite", _pytest("-n", "2", "-m", quick, *paths))]
    on_postgresql = {"ARCHIPEL_DATABASE": cluster.address} if cluster else {}
    parts = [
        *_checks(paths, fast=False),
        Part("tests, SQLite", _pytest("-n", "2", "-m", "not browser and not server and not kill", *paths)),
    ]
    if cluster:
        words = _pytest("-n", "2", "-m", "not browser and not server and not kill", *paths)
        parts.append(Part("tests, PostgreSQL", words, on_postgresql))
    # The longest first.
    parts.append(Part("killed processes, SQLite", _pytest("-m", "kill", *paths), beside=True))
    parts.append(Part("browser", _pytest("-m", "browser", *paths), beside=True))
    # A file is run by one worker: what its tests share is started once.
    real = _pytest("-n", "2", "--dist", "loadfile", "-m", "server and not browser and not kill", *paths)
    parts.append(Part("real servers, SQLite", real, beside=True))
    if cluster:
        parts.append(Part("killed processes, PostgreSQL", _pytest("-m", "kill", *paths), on_postgresql, beside=True))
    return parts


def _checks(paths: list[str], *, fast: bool) -> list[Part]:
    if paths:
        return []
    tools = Path(PYTHON).parent
    types = (
        [] if fast else [Part("types", [str(tools / "mypy"), "--no-error-summary", "--cache-dir", os.devnull, "src"])]
    )
    return [
        *types,
        Part("ruff", [str(tools / "ruff"), "check", "--quiet", "src", "tests", "bench"]),
        Part("ruff format", [str(tools / "ruff"), "format", "--check", "--quiet", "src", "tests", "bench"]),
        Part("import contracts", [str(tools / "lint-imports"), "--no-cache"]),
    ]


def _report(parts: list[Part], missing: list[str], arguments: argparse.Namespace) -> int:
    print("\nMinutes per part:")
    for part in parts:
        print(
            f"  {part.seconds / 60:6.1f}  {part.name}: {part.passed} passed, {part.failed} failed, {len(part.skipped)} skipped"
        )
    skipped = [f"{part.name}: {line}" for part in parts for line in part.skipped]
    skipped += [
        f"{name} is not on this machine (Debian package {PACKAGES[name]}), its tests did not run" for name in missing
    ]
    if arguments.fast:
        print("Left out by --fast: PostgreSQL, browser, real servers, killed processes.")
    print("Skipped:" if skipped else "Nothing was skipped.")
    for line in skipped:
        print(f"  {line}")
    for name in [name for part in parts for name in part.unsteady]:
        print(f"Unsteady, passed only when tried again alone: {name}")
    failed = sum(part.failed for part in parts)
    print(f"\n{sum(part.passed for part in parts)} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or (skipped and arguments.nothing_skipped) else 0


if __name__ == "__main__":
    sys.exit(main())
