# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same copies when the database is PostgreSQL: by its own tools, into an empty database."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.host.test_backups import FILL, run
from tests.postgresql import Cluster

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def cluster():
    """A server of this test alone, in a folder that its own user may enter."""
    if Cluster.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="archipel-postgresql-") as folder:
        running = Cluster.start(Path(folder))
        try:
            with psycopg.connect(running.address, autocommit=True) as connection:
                connection.execute("CREATE DATABASE first")
                connection.execute("CREATE DATABASE second")
            yield running
        finally:
            running.stop()


def test_what_is_put_back_into_an_empty_database_is_what_was_there(cluster, tmp_path):
    def on(name: str) -> dict[str, str]:
        return {"ARCHIPEL_DATABASE": cluster.address.rsplit("/", 1)[0] + f"/{name}"}

    place, copy = tmp_path / "data", tmp_path / "copy.archipel"
    assert run(place, "migrate", "-v0", **on("first")).returncode == 0
    assert run(place, "shell", "-v0", stdin=FILL, **on("first")).stderr == ""
    (place / "files").mkdir()
    (place / "files" / "letter.txt").write_text("Bonjour")

    made = run(place, "backup", str(copy), **on("first"))
    put_back = run(tmp_path / "elsewhere", "restore", str(copy), "--into", str(tmp_path / "new"), **on("second"))
    again = run(tmp_path / "elsewhere", "restore", str(copy), "--into", str(tmp_path / "third"), **on("second"))
    elsewhere = run(tmp_path / "elsewhere", "restore", str(copy), "--into", str(tmp_path / "fourth"))

    assert (made.stderr, put_back.stderr) == ("", "")
    assert hosts(on("second")["ARCHIPEL_DATABASE"]) == hosts(on("first")["ARCHIPEL_DATABASE"])
    assert (tmp_path / "new" / "files" / "letter.txt").read_text() == "Bonjour"
    assert run(tmp_path / "new", "check-start", **on("second")).returncode == 0
    assert "is not empty" in again.stderr
    assert "holds a postgresql database" in elsewhere.stderr


def hosts(address: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT name, canary, set_up_at FROM host_host").fetchall()


def test_database_alone_comes_back_behind_a_closed_door(cluster, tmp_path):
    address = cluster.address.rsplit("/", 1)[0] + "/first"
    place, copy = tmp_path / "data", tmp_path / "before.archipel"
    on = {"ARCHIPEL_DATABASE": address}
    assert run(place, "migrate", "-v0", **on).returncode == 0
    assert run(place, "shell", "-v0", stdin=FILL, **on).stderr == ""
    assert run(place, "backup", str(copy), **on).stderr == ""
    before = hosts(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE later (n integer)")
        connection.execute("UPDATE host_host SET name = 'broken'")
    assert run(place, "close-door", **on).returncode == 0

    done = run(place, "restore-database", str(copy), **on)

    with psycopg.connect(address) as connection:
        later = connection.execute("SELECT to_regclass('later')").fetchone()
    assert (done.returncode, done.stderr, hosts(address) == before, later) == (0, "", True, (None,))
