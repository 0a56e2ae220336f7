# SPDX-License-Identifier: AGPL-3.0-or-later
"""One real Keycloak for a whole run of tests: several processes share it, the last to leave ends it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.connectors.keycloak.server import Keycloak, NoKeycloak, java, keycloak, prepared

PATIENCE = 300


@pytest.fixture(scope="session")
def real_keycloak(tmp_path_factory) -> Iterator[Keycloak]:
    """A Keycloak that runs; ``ARCHIPEL_TEST_KEYCLOAK`` names one that somebody started by ``python -m … .sharing``."""
    running = os.environ.get("ARCHIPEL_TEST_KEYCLOAK")
    if running:
        yield Keycloak(running)
        return
    try:
        java()
        prepared()
    except NoKeycloak as reason:
        pytest.skip(f"no Keycloak: {reason}")
    # Below pytest-xdist each worker has a folder of its own inside the one of the run.
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    with _joined(shared) as url:
        yield Keycloak(url)


@contextmanager
def _joined(folder: Path) -> Iterator[str]:
    state = folder / "keycloak.json"
    with _locked(folder):
        known = json.loads(state.read_text()) if state.exists() else _start(folder)
        known["users"] += 1
        state.write_text(json.dumps(known))
    try:
        yield known["url"]
    finally:
        with _locked(folder):
            known = json.loads(state.read_text())
            known["users"] -= 1
            state.write_text(json.dumps(known))
            if not known["users"]:
                (folder / "keycloak-may-end").touch()
                state.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "keycloak.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(folder: Path) -> dict:
    """Start a process that keeps Keycloak until nobody uses it any more, or until the run that began it is gone."""
    said = folder / "keycloak-url"
    run = os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()
    with (folder / "keycloak-log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(run)], stdout=log, stderr=log, start_new_session=True
        )
    end = time.monotonic() + PATIENCE
    while not said.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError((folder / "keycloak-log").read_text()[-3000:])
        time.sleep(0.2)
    return {"url": said.read_text(), "users": 0}


def _keep(folder: Path, run: int) -> None:
    with keycloak(folder) as found:
        aside = folder / "keycloak-url.new"
        aside.write_text(found.url)
        aside.rename(folder / "keycloak-url")
        while not (folder / "keycloak-may-end").exists() and _lives(run):
            time.sleep(0.3)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
