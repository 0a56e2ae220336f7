# SPDX-License-Identifier: AGPL-3.0-or-later
"""Websites in a folder, copied by the real restic to a disk and to an S3 server: the night, a drill, a restore, the end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from archipel.connectors.restic.connector import ResticStore
from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.folder import FolderStore
from archipel.kernel import clock, keys
from archipel.machines import operations as machines
from archipel.machines.models import BackupPlace
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries
from archipel.spaces.models import Backup, Closing, Drill
from tests import factories
from tests.connectors.restic.conftest import contents, needs_restic
from tests.connectors.websites.servers import ACCESS_KEY, SECRET_KEY, moto, store_at
from tests.spaces import websites as fakes

pytestmark = [pytest.mark.server, pytest.mark.django_db]
SITE = {"index.html": b"<h1>Bonjour</h1>", "images/été.txt": b"sable" * 1000}


def store(spec):
    return ResticStore(spec, Path(django_settings.ARCHIPEL_DATA) / "tmp" / "backups", now=clock.now)


@pytest.fixture(scope="module")
def s3():
    with moto() as port:
        store_at(port, "copies").ensure_bucket()
        yield f"http://127.0.0.1:{port}/copies/archipel"


@pytest.fixture
def places(settings, tmp_path, s3, staff):
    needs_restic()
    settings.BACKUP_STORE = "tests.spaces.test_backing_up_real.store"
    s3_keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    made = [
        machines.declare_place(
            name="Disque", kind="folder", location=str(tmp_path / "copies"), credentials={}, by=staff
        ),
        machines.declare_place(name="S3", kind="s3", location=f"{s3}/{tmp_path.name}", credentials=s3_keys, by=staff),
    ]
    drain()
    return [place for place, _ in made]


@pytest.fixture
def site(trois_ponts, alice, tmp_path):
    fakes.put(WebsitesConnector(FolderStore(tmp_path / "websites"), clock.now))
    space = factories.open_site(trois_ponts)
    operations.publish_zip(space=space, archive=factories.zip_of(SITE), person=alice)
    return space


def test_site_is_copied_tried_restored_and_deleted_with_its_copies(site, places, alice, staff, tmp_path):
    operations.back_up_all()
    drain()
    rows = list(Backup.objects.order_by("pk"))
    assert [(row.place.name, row.problem, row.files) for row in rows] == [("Disque", "", 5), ("S3", "", 5)]
    assert BackupPlace.objects.exclude(problem_since=None).count() == 0

    drills = [operations.start_drill(backup=row) for row in rows]
    drain()
    assert list(Drill.objects.order_by("pk").values_list("ok", "opened", "detail")) == [
        (True, True, "shows 2 files")
    ] * len(drills)
    assert [copy.ok for copy in queries.copies_of([site])[site.pk]] == [True, True]

    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"plus tard"}), person=alice)
    operations.ask_restore(backup=rows[1], by=staff, understood=True)
    drain()
    site.refresh_from_db()
    connector = fakes.current()
    shown = dict(connector.paths(site.public_id, connector.online(site.public_id)))
    assert shown == {name: len(content) for name, content in SITE.items()}

    _delete(site, alice, staff)
    assert Closing.objects.get().proof["backups"] == {"dropped": 3, "places": ["Disque", "S3"], "left": []}
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["place"]


def _delete(site, alice, staff):
    operations.close_space(space=site, by=alice)
    drain()
    Closing.objects.update(delete_after=clock.today())
    operations.confirm_deletion(space=site, by=alice)
    operations.confirm_deletion(space=site, by=staff)
    drain()


def test_copy_is_readable_with_restic_and_sha256sum_alone(site, places, tmp_path):
    backup = operations.back_up_space(space=site, place=places[0])
    (tmp_path / "key").write_text(keys.unlock(places[0].locked_passphrase))
    command = ["restic", "-r", str(tmp_path / "copies" / site.public_id), "-p", str(tmp_path / "key"), "--no-cache"]
    subprocess.run([*command, "restore", "latest", "--target", str(tmp_path / "back")], check=True, capture_output=True)
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "CHECKSUMS.sha256"],
        cwd=tmp_path / "back",
        check=True,
        capture_output=True,
        text=True,
    )
    assert len(checked.stdout.splitlines()) == backup.files - 1
    assert contents(tmp_path / "back" / "content" / "site") == SITE
    there = b"".join(path.read_bytes() for path in (tmp_path / "copies").rglob("*") if path.is_file())
    assert (b"Bonjour" in there, site.title.encode() in there) == (False, False)
