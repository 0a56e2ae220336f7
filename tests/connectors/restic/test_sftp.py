# SPDX-License-Identifier: AGPL-3.0-or-later
"""Another machine by SFTP: a real SSH server on loopback, whose keys and home exist in a mount namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archipel.connectors.restic.connector import ResticStore
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BackupPlaceSpec, Retention
from tests.connectors.restic.conftest import KEY, a_folder, contents, needs_restic, refusal
from tests.connectors.websites.servers import free_ports

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SERVER = "/usr/sbin/dropbear"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        os.geteuid() != 0 or not Path(SERVER).exists() or not Path("/usr/lib/sftp-server").exists(),
        reason="an SSH server with a home of its own needs root, dropbear-bin and openssh-sftp-server",
    ),
]


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[dict[str, str]]:
    """Credentials of an SSH server that lets in one key."""
    needs_restic()
    folder = tmp_path_factory.mktemp("ssh")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", str(folder / "host")], check=True, capture_output=True)
    said = subprocess.run(["dropbearkey", "-y", "-f", str(folder / "host")], check=True, capture_output=True, text=True)
    public = next(line for line in said.stdout.splitlines() if line.startswith("ssh-ed25519"))
    (port,) = free_ports(1)
    script = (
        "mount -t tmpfs -o mode=700 tmpfs ~root && mkdir -m 700 ~root/.ssh && cp \"$1/key.pub\" ~root/.ssh/authorized_keys && "
        "chmod 600 ~root/.ssh/authorized_keys && exec \"$2\" -F -E -s -r \"$1/host\" -p 127.0.0.1:$3 -P \"$1/pid\""
    )  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), SERVER, str(port)], stderr=log
        )
    until = time.monotonic() + 20
    while not (folder / "pid").exists() and time.monotonic() < until:
        time.sleep(0.05)
    yield {
        "private_key": (folder / "key").read_text(),
        "known_host": f"[127.0.0.1]:{port} {' '.join(public.split()[:2])}",
        "port": str(port),
    }
    process.terminate()
    process.wait()


@pytest.fixture
def place(machine, tmp_path):
    def opened(**changes: str) -> ResticStore:
        spec = BackupPlaceSpec("sftp", f"root@127.0.0.1:{tmp_path}/copies", KEY, {**machine, **changes})
        return ResticStore(spec, tmp_path / "cache")

    return opened


def test_copies_go_there_come_back_thin_out_and_are_dropped(place, tmp_path):
    store = place()
    store.ensure()
    folder = a_folder(tmp_path / "space", {"index.html": b"bonjour", "images/a.txt": b"sable"})
    old = store.keep("space1", folder, taken_at=NOON - timedelta(days=9))
    new = store.keep("space1", folder, taken_at=NOON)
    other = store.keep("space2", folder, taken_at=NOON)

    assert store.thin_out("space1", Retention(1, 0, 0)) == [old.id]
    assert store.copies() in ([new, other], [other, new])
    (tmp_path / "back").mkdir()
    store.bring_back(new.id, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(folder)
    store.check(share=1)
    assert store.size() > 0
    assert [store.drop("space1"), store.drop("space1"), store.copies()] == [1, 0, [other]]


def test_machine_that_shows_another_key_is_refused(place, machine):
    other = machine["known_host"][:-8] + "AAAAAAAA"
    assert refusal(place(known_host=other).ensure) == "forbidden"


def test_key_that_is_not_let_in_is_refused(place, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "stranger")], check=True)
    assert refusal(place(private_key=(tmp_path / "stranger").read_text()).ensure) == "forbidden"


def test_machine_that_is_away_is_later(place):
    (port,) = free_ports(1)
    with pytest.raises(TryLater):
        place(port=str(port)).ensure()


def test_nothing_of_the_key_stays_on_the_disk(place, machine, tmp_path):
    with pytest.raises(RefusedOutside):
        place().copies()
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and "PRIVATE KEY" in path.read_text(errors="ignore")]
    assert (kept, shutil.which("ssh") is not None) == ([], True)
