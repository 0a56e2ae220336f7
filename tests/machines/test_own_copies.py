# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from archipel.connectors.restic.connector import ResticStore
from archipel.host.operations import look_into, restore
from archipel.host.operations.backups import BackupRefused
from archipel.kernel import clock
from archipel.kernel.outside import TryLater
from archipel.machines import operations, queries
from archipel.machines.models import OwnCopy
from archipel.machines.wiring import spec_of
from archipel.outbox.worker import drain
from tests.connectors.restic.conftest import needs_restic
from tests.machines import stores

# Copies of PostgreSQL are tried by the commands: tests/host/test_backups_postgresql.py.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("host")]


@pytest.fixture(autouse=True)
def a_database_in_a_file(tmp_path, monkeypatch):
    """The database of tests is in memory, where SQLite's back-up of a file finds nothing: it copies this one instead."""
    with closing(sqlite3.connect(tmp_path / "live.sqlite3")) as live:
        live.execute("CREATE TABLE boats (name TEXT)")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "live.sqlite3"))


@pytest.fixture
def place():
    return stores.place(name="Chez le voisin au grand jardin")


def brought_back(place, tmp_path):
    copy = OwnCopy.objects.exclude(copy_id="").get()
    (tmp_path / "back").mkdir()
    stores.current(spec_of(place)).bring_back(copy.copy_id, tmp_path / "back")
    return tmp_path / "back" / "archipel.backup"


def test_archipel_is_copied_to_each_place_and_opens_with_its_key_alone(place, tmp_path):
    operations.keep_everywhere()
    drain()

    file = brought_back(place, tmp_path)
    assert look_into(file=file, passphrase=stores.KEY).files >= 0
    with pytest.raises(BackupRefused):
        look_into(file=file, passphrase="une autre phrase de passe")
    restore(file=file, passphrase=stores.KEY, into=tmp_path / "new")
    assert (tmp_path / "new" / "keys" / "encryption-keys").read_text() == (_keys() / "encryption-keys").read_text()
    assert list((Path(settings.ARCHIPEL_DATA) / "tmp/backups/own").iterdir()) == []
    assert queries.today_lines() == []


def _keys():
    return Path(settings.ARCHIPEL_DATA) / "keys"


def test_last_copy_is_read_back_each_week(place):
    operations.keep_archipel(place=place)
    operations.read_back_everywhere()
    drain()
    row = OwnCopy.objects.get()
    assert (row.read_ok, row.problem, row.read_at is None) == (True, "", False)


def test_copy_that_cannot_be_read_back_is_a_line(place):
    row = operations.keep_archipel(place=place)
    kept = stores.shelf("/copies").kept["archipel"][0]
    content, *rest = kept.files["archipel.backup"]
    kept.files["archipel.backup"] = (content[: len(content) // 2], *rest)

    operations.read_archipel_back(place=place)

    row.refresh_from_db()
    assert row.read_ok is False
    assert [line.url for line in queries.today_lines()] == [f"/desk/backup-places/{place.public_id}/"]


def test_silent_place_is_no_result_of_reading_back(place, shelves):
    operations.keep_archipel(place=place)
    shelves.fail("/copies", "silent")
    with pytest.raises(TryLater):
        operations.read_archipel_back(place=place)
    assert OwnCopy.objects.get().read_at is None


def test_failing_place_is_noted_and_leaves_nothing_to_work_with(place, shelves):
    shelves.fail("/copies", "full")
    row = operations.keep_archipel(place=place)
    place.refresh_from_db()
    assert (row.problem, place.problem_code) == ("the disk or the storage is full", "later")
    assert list((Path(settings.ARCHIPEL_DATA) / "tmp/backups/own").iterdir()) == []


def test_place_without_a_fresh_copy_of_archipel_is_a_line(place):
    operations.keep_archipel(place=place)
    assert queries.today_lines() == []
    old = clock.now() - timedelta(days=3)
    OwnCopy.objects.update(taken_at=old)
    (line,) = queries.today_lines()
    assert line.since == old + timedelta(days=2)


def test_old_copies_go_with_the_retention(place):
    place.keep_daily, place.keep_weekly, place.keep_monthly = 1, 0, 0
    place.save()
    first = operations.keep_archipel(place=place)
    kept = stores.shelf("/copies").kept["archipel"][0]
    kept.copy = replace(kept.copy, taken_at=kept.copy.taken_at - timedelta(days=9))

    second = operations.keep_archipel(place=place)

    first.refresh_from_db()
    assert (first.dropped_at is None, second.dropped_at) == (False, None)
    assert operations.read_archipel_back(place=place) == second


def real_store(spec):
    return ResticStore(spec, Path(settings.ARCHIPEL_DATA) / "tmp" / "backups", now=clock.now)


@pytest.mark.server
def test_archipel_is_put_together_again_with_restic_and_the_key_of_the_place_alone(tmp_path, monkeypatch):
    needs_restic()
    monkeypatch.setattr(settings, "BACKUP_STORE", f"{__name__}.real_store")
    place, key = operations.declare_place(
        name="Disque", kind="folder", location=str(tmp_path / "copies"), credentials={}, by=None
    )
    drain()
    operations.keep_everywhere()
    operations.read_back_everywhere()
    drain()
    row = OwnCopy.objects.get(place=place)
    assert (row.problem, row.read_ok) == ("", True)

    (tmp_path / "key").write_text(key)
    command = ["restic", "-r", str(tmp_path / "copies" / "archipel"), "-p", str(tmp_path / "key"), "--no-cache"]
    subprocess.run([*command, "restore", "latest", "--target", str(tmp_path / "back")], check=True, capture_output=True)
    restore(file=tmp_path / "back" / "archipel.backup", passphrase=key, into=tmp_path / "new")

    assert (tmp_path / "new" / "keys" / "encryption-keys").read_text() == (_keys() / "encryption-keys").read_text()
