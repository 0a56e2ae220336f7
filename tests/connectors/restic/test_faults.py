# SPDX-License-Identifier: AGPL-3.0-or-later
"""The real program when something goes wrong: killed, damaged, full, locked, away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archipel.connectors.restic.client import Restic
from archipel.connectors.restic.connector import ResticStore
from archipel.connectors.restic.failures import Locked, failure_of
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BackupPlaceSpec
from tests.connectors.restic.conftest import KEY, a_folder, contents, folder_store, refusal

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)

# What restic 0.14 and later write to their error output.
SAID = {
    "Fatal: wrong password or no key found": "bad_key",
    "Fatal: unable to open config file: stat /x/config: no such file or directory\nIs there a repository at the following location?\n/x": "unknown",
    "Fatal: unable to open config file: client.GetObject: Access Denied.\nIs there a repository at the following location?": "forbidden",
    "ignoring error for /big: ciphertext verification failed\nFatal: There were 2 errors": "damaged",
    "Pack ID does not match, want 750b, got 7a83\nFatal: repository contains errors": "damaged",
    "Load(<data/3780a73e52>, 400, 256) returned error, retrying after 552ms: open r/data/37: no such file or directory": "damaged",
    "Fatal: unable to save snapshot: write r/data/2c-tmp: no space left on device": "later",
    "Fatal: unable to open config file: Head \"http://127.0.0.1:9/x\": dial tcp 127.0.0.1:9: connect: connection refused": "later",
    "something nobody ever saw": "later",
    "unable to create lock in backend: repository is already locked by PID 25000 on vm by root": "locked",
}  # fmt: skip


@pytest.mark.parametrize(("said", "meaning"), list(SAID.items()))
def test_words_of_restic_are_one_of_the_two_ways_to_fail(said, meaning):
    failure = failure_of(said)
    told = {TryLater: "later", Locked: "locked"}.get(type(failure)) or getattr(failure, "code", "")
    assert told == meaning


def test_program_that_is_not_installed_is_said(tmp_path):
    store = ResticStore(BackupPlaceSpec("folder", str(tmp_path), KEY), tmp_path / "cache", program="restic-nowhere")
    assert refusal(store.ensure) == "no_program"


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        ("folder", "relative"), ("folder", "/a/../b"), ("s3", "storage.example/bucket"), ("s3", "https://storage.example/"),
        ("s3", "https://user:word@storage.example/b"), ("sftp", "machine:/x"), ("sftp", "u@-oProxyCommand=x:/y"), ("sftp", "u@h:/a b"),
        ("other", "/x"),
    ],
)  # fmt: skip
def test_locations_that_cannot_be_one_are_refused(tmp_path, kind, location):
    assert refusal(ResticStore, BackupPlaceSpec(kind, location, KEY), tmp_path) == "bad_input"


def test_secrets_are_neither_on_the_command_line_nor_in_our_environment(tmp_path):
    """A program that stands in for restic writes down all it was given."""
    seen = tmp_path / "seen"
    program = tmp_path / "restic"
    program.write_text(f'#!/bin/sh\n{{ echo "$@"; cat /dev/fd/"${{2##*/}}"; echo; env; }} > {seen}\n')
    program.chmod(0o755)
    os.environ["ARCHIPEL_SMTP_OF_TEST"] = "smtp://secret"
    try:
        restic = Restic(KEY, tmp_path / "cache", {"AWS_SECRET_ACCESS_KEY": "s3-secret"}, program=str(program))
        restic.run("/copies", "snapshots")
    finally:
        del os.environ["ARCHIPEL_SMTP_OF_TEST"]

    command, key, *environment = seen.read_text().splitlines()
    assert (KEY in command, "s3-secret" in command) == (False, False)
    assert key == KEY
    assert "AWS_SECRET_ACCESS_KEY=s3-secret" in environment
    assert [line for line in environment if "smtp://secret" in line or KEY in line] == []


@pytest.mark.server
def test_damaged_pack_is_said_by_restoring_and_by_checking(real, tmp_path):
    copy = real.keep("space1", a_folder(tmp_path / "space", {"big": os.urandom(40_000)}), taken_at=NOON)
    other = real.keep("space2", a_folder(tmp_path / "other", {"small": b"whole"}), taken_at=NOON)
    pack = max((tmp_path / "copies/space1/data").rglob("*"), key=lambda path: path.stat().st_size * path.is_file())
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(100)
        file.write(b"XXXX")
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()

    assert refusal(real.bring_back, copy.id, first) == "damaged"
    with pytest.raises(RefusedOutside) as caught:
        real.check(share=1)
    assert (caught.value.code, caught.value.about) == ("damaged", "space1")
    real.bring_back(other.id, second)
    assert contents(second) == {"small": b"whole"}


@pytest.mark.server
def test_lost_pack_is_said_within_seconds(real, tmp_path):
    copy = real.keep("space1", a_folder(tmp_path / "space", {"big": os.urandom(40_000)}), taken_at=NOON)
    for pack in (tmp_path / "copies/space1/data").rglob("*"):
        if pack.is_file():
            pack.unlink()
    (tmp_path / "back").mkdir()

    began = time.monotonic()
    assert refusal(real.bring_back, copy.id, tmp_path / "back") == "damaged"
    assert time.monotonic() - began < 60


@pytest.mark.server
def test_full_disk_is_later_and_nothing_kept_is_lost(real, tmp_path):
    first = real.keep("space1", a_folder(tmp_path / "space", {"index.html": b"un"}), taken_at=NOON)
    folder = a_folder(tmp_path / "space", {"big": os.urandom(3_000_000)})
    # The program itself is kept from writing files of more than half a megabyte: the kernel says no in its place.
    small = tmp_path / "small-restic"
    small.write_text("#!/bin/sh\nulimit -f 1000\ntrap '' XFSZ\nexec restic \"$@\"\n")
    small.chmod(0o755)
    full = ResticStore(BackupPlaceSpec("folder", str(tmp_path / "copies"), KEY), tmp_path / "cache", program=str(small))

    with pytest.raises(TryLater):
        full.keep("space1", folder, taken_at=NOON + timedelta(days=1))

    assert real.copies("space1") == [first]
    assert real.keep("space1", folder, taken_at=NOON + timedelta(days=1)).files == 2


def _locks(tmp_path):
    """The locks of the repository, those only that were written to their end."""
    return [path for path in (tmp_path / "copies/space1/locks").iterdir() if "-tmp-" not in path.name]


@pytest.mark.server
def test_lock_of_a_killed_restic_is_taken_away_and_the_next_call_works(real, tmp_path):
    copy = real.keep("space1", a_folder(tmp_path / "space", {"index.html": b"un"}), taken_at=NOON)
    repository = str(tmp_path / "copies/space1")
    (tmp_path / "key").write_text(KEY)
    command = ["restic", "-r", repository, "-p", str(tmp_path / "key"), "--no-cache", "check", "--read-data"]
    killed = False
    for _ in range(20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not killed:
            if _locks(tmp_path):
                process.send_signal(signal.SIGKILL)
                killed = process.wait() == -signal.SIGKILL
        if killed and _locks(tmp_path):
            break
    assert _locks(tmp_path) != []

    assert real.drop("space1") == 1
    assert real.copies() == []
    assert copy.about == "space1"


@pytest.mark.server
def test_lock_of_another_machine_is_respected(real, tmp_path):
    real.keep("space1", a_folder(tmp_path / "space", {"index.html": b"un"}), taken_at=NOON)
    (tmp_path / "key").write_text(KEY)
    repository = str(tmp_path / "copies/space1")
    # A name of its own for the machine: the lock is then not of a process that could be looked for here.
    command = ["unshare", "--uts", "sh", "-c", "hostname elsewhere; exec restic -r \"$1\" -p \"$2\" --no-cache check --read-data", "sh", repository, str(tmp_path / "key")]  # fmt: skip
    if os.geteuid() or subprocess.run(["unshare", "--uts", "true"], check=False, capture_output=True).returncode:
        pytest.skip("only root gives a process another machine name")
    for _ in range(20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            if _locks(tmp_path):
                process.kill()
        process.wait()
        if _locks(tmp_path):
            break

    with pytest.raises(TryLater):
        real.drop("space1")
    for lock in _locks(tmp_path):
        lock.unlink()
    assert len(real.copies("space1")) == 1


_KEEP = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    sys.path[:0] = [{root!r}]
    from tests.connectors.restic.conftest import folder_store
    place = Path({place!r})
    folder_store(place).keep("space1", place / "space", taken_at=datetime(2026, 3, 14, 12, tzinfo=UTC))
"""


@pytest.mark.server
@pytest.mark.kill
def test_worker_killed_while_it_keeps_leaves_no_half_copy_and_no_running_restic(real, tmp_path):
    folder = a_folder(tmp_path / "space", {f"file{number}": os.urandom(400_000) for number in range(60)})
    root = str(Path(__file__).resolve().parents[3])
    code = textwrap.dedent(_KEEP).format(root=root, place=str(tmp_path))
    for pause in (0.0, 0.3, 1.0):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=root)
        # From the moment its first pack is being written.
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if any(path.is_file() for path in (tmp_path / "copies/space1").glob("locks/*")):
                break
            time.sleep(0.005)
        time.sleep(pause)
        process.kill()
        process.wait()
    time.sleep(0.5)
    left = subprocess.run(["pgrep", "-f", f"repo={tmp_path}"], capture_output=True, text=True, check=False)
    assert left.stdout == ""

    copy = folder_store(tmp_path).keep("space1", folder, taken_at=NOON)

    assert folder_store(tmp_path).copies("space1") == [copy]
    (tmp_path / "back").mkdir()
    real.bring_back(copy.id, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(folder)


@pytest.mark.server
def test_two_at_once_wait_for_each_other(real, tmp_path):
    folder = a_folder(tmp_path / "space", {"index.html": b"un"})
    copy = real.keep("space1", folder, taken_at=NOON)
    with real._restic._alone(real._where.repository("space1")), pytest.raises(TryLater):
        real.copies("space1")
    assert real.copies("space1") == [copy]


@pytest.mark.server
def test_storage_that_is_away_is_later_within_seconds(tmp_path):
    spec = BackupPlaceSpec("s3", "http://127.0.0.1:9/copies/x", KEY, {"access_key": "a", "secret_key": "b"})
    began = time.monotonic()
    with pytest.raises(TryLater):
        ResticStore(spec, tmp_path / "cache").ensure()
    assert time.monotonic() - began < 20
