# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies made and put back by the real commands, in processes of their own, on SQLite files."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from archipel.host.operations import BackupRefused, back_up, restore

pytestmark = [pytest.mark.server, pytest.mark.slow]

PASSPHRASE = "quatre bateaux bleus"
FILES = {
    "files/a/letter.txt": b"Bonjour",
    "websites/site/versions/1/index.html": b"<h1>Ici</h1>" * 9000,
    "demonstration-clock": b"86400",
}
# A host, a secret locked with its keys, and a row that a reader can compare.
FILL = """
from archipel.host import operations
operations.set_up(name="L’Escale", contact_address="a@lescale.example", portal_url="https://lescale.example",
    sites_domain="pages.example", languages=["fr"], sender_name="L’Escale", sender_address="a@lescale.example")
"""


def run(
    place: Path, *words: str, passphrase: str = PASSPHRASE, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ARCHIPEL_", "DJANGO_"))}
    environment |= {
        "ARCHIPEL_DATA": str(place), "ARCHIPEL_MODE": "real", "ARCHIPEL_BACKUP_PASSPHRASE": passphrase,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }  # fmt: skip
    environment |= more
    command = [sys.executable, "-m", "archipel", *words]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A data folder in use: migrated, set up, with files."""
    place = tmp_path_factory.mktemp("installed") / "data"
    assert run(place, "migrate", "-v0").returncode == 0
    filled = run(place, "shell", "-v0", stdin=FILL)
    assert (filled.returncode, filled.stderr) == (0, "")
    for name, content in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


@pytest.fixture(scope="module")
def copy(installed, tmp_path_factory):
    file = tmp_path_factory.mktemp("copies") / "copy.archipel"
    done = run(installed, "backup", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    return file


def rows(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def test_what_is_put_back_into_an_empty_folder_is_what_was_there(installed, copy, tmp_path):
    place = tmp_path / "new"

    done = run(tmp_path / "elsewhere", "restore", str(copy), "--into", str(place))

    assert (done.returncode, done.stderr) == (0, "")
    assert rows(place / "archipel.sqlite3") == rows(installed / "archipel.sqlite3")
    assert {name: (place / name).read_bytes() for name in FILES} == FILES
    for name in ("secret-key", "encryption-keys"):
        assert (place / "keys" / name).read_text() == (installed / "keys" / name).read_text()
        assert (place / "keys" / name).stat().st_mode & 0o777 == 0o600
    assert run(place, "check-start").returncode == 0


def test_an_empty_data_folder_is_filled_and_does_not_start_with_other_keys(copy, tmp_path):
    place = tmp_path / "data"
    assert run(place, "restore", str(copy)).returncode == 0
    (place / "keys" / "encryption-keys").write_text("x7b2sO4HGZ9vcAHTZL0hKCDeAYHKyQ3ZEkS8v1SkL0g=\n")

    done = run(place, "check-start")

    assert (done.returncode, "belong to another one" in done.stderr) == (1, True)


def refused(copy: Path, place: Path, passphrase: str = PASSPHRASE) -> str:
    """Ask for what must be refused, in this process: nothing of its database is looked at before."""
    with pytest.raises(BackupRefused) as problem:
        restore(file=copy, passphrase=passphrase, into=place)
    assert [path.name for path in place.parent.iterdir() if path.name.startswith(".restoring")] == []
    return str(problem.value)


def test_a_wrong_passphrase_changes_nothing(copy, tmp_path):
    assert "This passphrase does not open this back-up" in refused(copy, tmp_path / "new", "quatre bateaux verts")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_damaged_copy_changes_nothing(copy, tmp_path):
    damaged = tmp_path / "damaged.archipel"
    whole = bytearray(copy.read_bytes())
    whole[whole.index(b"<h1>Ici") + 4] ^= 1
    damaged.write_bytes(bytes(whole))

    assert "This back-up is damaged" in refused(damaged, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_in_use_is_left_alone(copy, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    assert "is not empty" in refused(copy, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_only_the_folder_itself_has_to_be_writable(copy, tmp_path):
    """As below /var/lib, where who runs Archipel may make nothing beside their own folder."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".restoring-killed").mkdir()
    handle = os.open(tmp_path / "data", os.O_RDONLY)
    try:
        restore(file=copy, passphrase=PASSPHRASE, into=Path(f"/proc/self/fd/{handle}"))
    finally:
        os.close(handle)

    assert {name: (tmp_path / "data" / name).read_bytes() for name in FILES} == FILES


def test_a_full_disk_is_not_taken_for_a_damaged_copy(copy, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        said = refused(copy, tmp_path / "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert ("damaged" in said, said.startswith("This machine could not spread the back-up out")) == (False, True)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_missing_file_is_said(tmp_path):
    assert "does not exist" in refused(tmp_path / "nothing", tmp_path / "new")


def test_a_copy_is_never_written_over(copy):
    before = copy.read_bytes()

    with pytest.raises(BackupRefused, match="exists already"):
        back_up(file=copy, passphrase=PASSPHRASE)

    assert copy.read_bytes() == before


def test_a_short_passphrase_is_refused(tmp_path):
    with pytest.raises(BackupRefused, match="12 signs"):
        back_up(file=tmp_path / "copy", passphrase="court")

    assert list(tmp_path.iterdir()) == []


def test_the_command_says_why_in_one_line(copy, tmp_path):
    done = run(
        tmp_path / "elsewhere", "restore", str(copy), "--into", str(tmp_path / "new"), passphrase="quatre bateaux verts"
    )

    assert (done.returncode, done.stderr.count("\n"), "Traceback" in done.stderr) == (1, 1, False)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_without_a_terminal_nor_a_passphrase_the_command_says_what_to_set(installed, tmp_path, command):
    """A timer runs it at night: it must say what is missing, in one line."""
    done = run(installed, command, str(tmp_path / "copy"), passphrase="")

    assert (done.returncode, done.stderr.count("\n"), "ARCHIPEL_BACKUP_PASSPHRASE" in done.stderr) == (1, 1, True)
    assert not (tmp_path / "copy").exists()


def test_a_copy_made_while_others_write_is_of_one_instant(installed, tmp_path):
    """Two tables are written together without pause; the copy never holds one without the other."""
    database = installed / "archipel.sqlite3"
    with closing(sqlite3.connect(database)) as setup:
        setup.execute("CREATE TABLE IF NOT EXISTS pair_a (n integer)")
        setup.execute("CREATE TABLE IF NOT EXISTS pair_b (n integer)")
        setup.commit()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(database)])
    try:
        copies = [tmp_path / f"copy-{rank}" for rank in range(2)]
        made = [run(installed, "backup", str(copy)).returncode for copy in copies]
    finally:
        writer.kill()
        writer.wait()
    counts = []
    for rank, copy in enumerate(copies):
        assert (
            run(tmp_path / "elsewhere", "restore", str(copy), "--into", str(tmp_path / f"new-{rank}")).returncode == 0
        )
        with closing(sqlite3.connect(tmp_path / f"new-{rank}" / "archipel.sqlite3")) as restored:
            counts.append(
                restored.execute("SELECT (SELECT count(*) FROM pair_a), (SELECT count(*) FROM pair_b)").fetchone()
            )
    with closing(sqlite3.connect(database)) as setup:
        setup.execute("DROP TABLE pair_a")
        setup.execute("DROP TABLE pair_b")
    assert made == [0, 0]
    assert [a == b for a, b in counts] == [True] * 2
    assert counts[-1][0] > 0


WRITER = """
import sqlite3, sys, time
with sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None) as connection:
    while True:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO pair_a VALUES (1)")
        connection.execute("INSERT INTO pair_b VALUES (1)")
        connection.execute("COMMIT")
        time.sleep(0.002)
"""


def test_database_alone_comes_back_behind_a_closed_door(tmp_path):
    """The way back of an upgrade: what the next release wrote goes, files and keys stay."""
    place, copy = tmp_path / "data", tmp_path / "before.archipel"
    assert run(place, "migrate", "-v0").returncode == 0
    assert run(place, "shell", "-v0", stdin=FILL).returncode == 0
    assert run(place, "backup", str(copy)).returncode == 0
    before = rows(place / "archipel.sqlite3")
    with closing(sqlite3.connect(place / "archipel.sqlite3")) as database:
        database.execute("CREATE TABLE later (n integer)")
        database.execute("UPDATE host_host SET name = 'broken'")
        database.commit()
    (place / "files").mkdir()
    (place / "files" / "kept.txt").write_text("kept")

    open_door = run(place, "restore-database", str(copy))
    changed = rows(place / "archipel.sqlite3") != before
    assert run(place, "close-door").returncode == 0
    wrong = run(place, "restore-database", str(copy), passphrase="quatre bateaux verts")
    done = run(place, "restore-database", str(copy))

    assert (open_door.returncode, "close-door first" in open_door.stderr, changed) == (1, True, True)
    assert (wrong.returncode, "does not open" in wrong.stderr) == (1, True)
    assert (done.returncode, done.stderr, rows(place / "archipel.sqlite3") == before) == (0, "", True)
    assert (place / "files" / "kept.txt").read_text() == "kept"


def test_database_of_another_installation_is_refused(installed, copy, tmp_path):
    place = tmp_path / "data"
    assert run(place, "migrate", "-v0").returncode == 0
    assert run(place, "close-door").returncode == 0
    before = (place / "archipel.sqlite3").read_bytes()

    done = run(place, "restore-database", str(copy))

    assert (done.returncode, "of another installation" in done.stderr) == (1, True)
    assert (place / "archipel.sqlite3").read_bytes() == before
