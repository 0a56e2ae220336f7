# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archipel by systemd units, their command lines run as plain processes; upgrades that go through, and that come back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from bench.serving import free_port

from tests.deployment.releases import BREAKS_MIGRATION, BREAKS_PAGES, BREAKS_START, first_release, next_release
from tests.deployment.units import UNITS, Unit
from tests.host.test_backups import FILL

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.server, pytest.mark.slow]


class Machine:
    """A machine's root in a folder: releases, settings, data, and a ``systemctl`` that works in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self.data = root / "var/lib/archipel"
        self.releases = root / "opt/archipel"
        for path in (self.data, self.releases, root / "etc/archipel", root / "bin"):
            path.mkdir(parents=True)
        self.data.chmod(0o700)
        (root / "etc/archipel/archipel.env").write_text(
            f"ARCHIPEL_DATA={self.data}\nPORT={self.port}\nARCHIPEL_WEB_PROCESSES=1\nARCHIPEL_LOGS=json\nTMPDIR={root}/tmp\n"
        )
        (root / "etc/archipel/worker.env").write_text("ARCHIPEL_SMTP=\n")
        (root / "tmp").mkdir()
        systemctl = root / "bin/systemctl"
        systemctl.write_text(
            f'#!/bin/sh\ncd "{ROOT}" && PYTHONPATH="{ROOT}" exec "{sys.executable}" -m tests.deployment.units "{root}" "$@"\n'
        )
        systemctl.chmod(0o755)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("ARCHIPEL_", "DJANGO", "PYTHONPATH"))} | {
            "PATH": f"{root}/bin:{os.environ['PATH']}", "RELEASES": str(self.releases), "AS_USER": "root" if os.geteuid() == 0 else os.environ.get("USER", ""),
            "ENVIRONMENT": str(root / "etc/archipel/archipel.env"), "ARCHIPEL_BACKUP_PASSPHRASE": "quatre bateaux bleus",
        }  # fmt: skip

    def systemctl(self, *words: str) -> int:
        return subprocess.run(["systemctl", *words], env=self.environment, check=False, timeout=200).returncode

    def archipel(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        program = self.releases / "current" / "venv" / "bin" / "archipel"
        more = {
            "ARCHIPEL_DATA": str(self.data),
            "PORT": str(self.port),
            "ARCHIPEL_BUILT": str(self.releases / "current" / "built"),
        }
        return subprocess.run(
            [program, *words], env=self.environment | more, input=stdin, capture_output=True, text=True, check=False
        )

    def upgrade(self, version: str) -> subprocess.CompletedProcess[str]:
        words = [self.releases / "1" / "deploy" / "upgrade", "units"]
        environment = self.environment | {"ARCHIPEL_VERSION": version}
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=300)

    def state(self) -> tuple[str, str, bool, int]:
        """Return which release runs, the host's name in the database, whether the door is closed, what the front page says."""
        current = (self.releases / "current").resolve().name
        with closing(sqlite3.connect(self.data / "archipel.sqlite3")) as database:
            name = database.execute("select name from host_host").fetchone()[0]
        page = subprocess.run(
            ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"http://127.0.0.1:{self.port}/"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return current, name, (self.data / "closed").exists(), int(page.stdout)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A machine on which release 1 was installed and started as the units say, and a host was set up."""
    made = Machine(tmp_path_factory.mktemp("machine"))
    release = first_release(made.releases, "1")
    (made.releases / "current").symlink_to(release)
    try:
        assert made.systemctl("start", "archipel-web.service", "archipel-worker.service") == 0
        assert made.archipel("shell", "-v0", stdin=FILL).returncode == 0
        yield made
    finally:
        made.systemctl("stop", "archipel-web.service", "archipel-worker.service")


def test_units_start_what_they_say(machine):
    assert machine.state() == ("1", "L’Escale", False, 200)
    assert machine.systemctl("is-active", "archipel-web", "archipel-worker") == 0


@pytest.mark.parametrize(
    ("version", "broken", "said"),
    [
        ("2-migration", BREAKS_MIGRATION, "The database could not be brought up to date."),
        ("3-start", BREAKS_START, "3-start does not come up."),
        ("4-pages", BREAKS_PAGES, "4-pages runs, but is not well."),
    ],
)
def test_upgrade_to_a_broken_release_comes_back_and_loses_nothing(machine, version, broken, said):
    next_release(machine.releases / "1", version, broken)

    done = machine.upgrade(version)

    assert (done.returncode, said in done.stdout, machine.state()) == (1, True, ("1", "L’Escale", False, 200)), done
    with closing(sqlite3.connect(machine.data / "archipel.sqlite3")) as database:
        assert database.execute("select count(*) from django_migrations where name like '09%'").fetchone() == (0,)


def test_upgrade_goes_through_and_keeps_the_back_up(machine):
    next_release(machine.releases / "1", "5", {})

    done = machine.upgrade("5")

    assert (done.returncode, machine.state()) == (0, ("5", "L’Escale", False, 200)), done
    assert len(list((machine.data / "backups").glob("before-5-*.archipel"))) == 1


def test_every_unit_is_what_systemd_understands_and_hardly_exposed():
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not on this machine")
    names = sorted(path.name for path in UNITS.glob("*.service"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], cwd=UNITS, capture_output=True, text=True, check=False
    ).stderr
    scores = {}
    for name in names:
        words = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", name],
            cwd=UNITS,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split("exposure level for ")[-1]
        scores[name] = float(words.split(": ")[1].split()[0])
    # Nothing is installed where this is tried: that, and nothing else, is found missing.
    problems = [line for line in said.splitlines() if "is not executable: No such file" not in line]

    assert (names, problems) == ([f"archipel-{name}.service" for name in ("caddy", "prepare", "web", "worker")], [])
    assert {name: score for name, score in scores.items() if score > 2.0} == {}


def test_only_the_worker_is_given_what_drives_the_outside():
    web, worker = (Unit(Path("/"), name).words for name in ("archipel-web", "archipel-worker"))

    assert [path for path in web["EnvironmentFile"] if "worker" in path] == []
    assert worker["EnvironmentFile"][-1].endswith("/etc/archipel/worker.env")
    assert web["InaccessiblePaths"] == ["-/run/docker.sock -/run/caddy"]
