# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import operations, queries
from archipel.spaces.bundle import digest_of
from archipel.spaces.files import export_path, work_folder
from archipel.spaces.models import Export, Space
from archipel.spaces.refusals import NotOpen
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(site, alice):
    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"un"}), person=alice)
    files = {"index.html": b"deux", "images/été à la mer.txt": b"sable"}
    operations.publish_zip(space=site, archive=factories.zip_of(files), person=alice)
    return site


def test_export_is_readable_by_an_outsider_with_ordinary_tools(published, alice, tmp_path):
    export = operations.ask_export(space=published, by=alice)
    drain()
    export.refresh_from_db()
    bundle = export_path(export)
    assert (export.size, export.sha256) == (bundle.stat().st_size, digest_of(bundle))

    for tool in ("unzip", "sha256sum"):
        if shutil.which(tool) is None:
            pytest.fail(f"{tool} is needed to read an export as an outsider does")
    subprocess.run(["unzip", "-q", str(bundle), "-d", str(tmp_path)], check=True)
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "CHECKSUMS.sha256"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    there = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert sorted(line.split(":")[0] for line in checked.stdout.splitlines()) == [
        path for path in there if path != "CHECKSUMS.sha256"
    ]
    assert (tmp_path / "content/site/index.html").read_bytes() == b"deux"
    assert (tmp_path / "content/site/images/été à la mer.txt").read_text() == "sable"
    assert [path.read_bytes() for path in (tmp_path / "content/earlier").rglob("index.html")] == [b"un"]


def test_manifest_says_what_the_space_was_and_who_was_in_it(published, alice, bob, tmp_path):
    export = operations.ask_export(space=published, by=alice)
    drain()
    subprocess.run(["unzip", "-q", str(export_path(export)), "-d", str(tmp_path)], check=True)

    manifest = json.loads((tmp_path / "manifest.json").read_text())

    assert manifest["format"] == "archipel-space-export/1"
    assert manifest["space"]["address"] == "trois-ponts.pages.example"
    assert manifest["organisation"]["name"] == published.organisation.name
    assert {(who["email"], who["role"]) for who in manifest["people"]} == {
        (alice.email, "referent"),
        (bob.email, "member"),
    }
    assert [(line["number"], line["state"]) for line in manifest["publications"]] == [(1, "replaced"), (2, "online")]
    assert all((tmp_path / file["path"]).stat().st_size == file["size"] for file in manifest["files"])


def test_export_is_told_once_and_kept_thirty_days(published, alice):
    export = operations.ask_export(space=published, by=alice)
    drain()
    export.refresh_from_db()
    operations.hand_over_export(export=export, size=1, sha256="other")

    export.refresh_from_db()
    assert export.expires_on == clock.today() + timedelta(days=30)
    assert export.sha256 != "other"
    assert [mail.to_address for mail in Email.objects.filter(name="spaces/export_ready")] == [alice.email]
    assert work_folder(export).exists() is False


def test_asking_twice_while_one_is_made_gives_the_same_export(published, alice):
    assert operations.ask_export(space=published, by=alice) == operations.ask_export(space=published, by=alice)
    drain()
    assert operations.ask_export(space=published, by=alice) != Export.objects.order_by("pk").first()


def test_export_of_what_is_gone_is_refused(published, alice):
    Space.objects.update(state="deleted")
    published.refresh_from_db()
    with pytest.raises(NotOpen):
        operations.ask_export(space=published, by=alice)


def test_file_that_is_not_what_the_application_said_stops_the_export(published, alice):
    export = operations.ask_export(space=published, by=alice)
    operations.gather_export(export=export)
    (work_folder(export) / "content/site/index.html").write_bytes(b"autre")

    from archipel.kernel.outside import RefusedOutside

    with pytest.raises(RefusedOutside) as caught:
        operations.pack_export(export=export)
    assert caught.value.code == "damaged"
    assert export_path(export).exists() is False


def test_silent_store_delays_the_export(published, alice, websites):
    websites.faults.fail("silent")
    export = operations.ask_export(space=published, by=alice)
    drain(raise_errors=False)
    assert procedures.of("export", export.public_id).state == "waiting"


def test_expired_export_is_deleted_and_its_row_stays(published, alice):
    export = operations.ask_export(space=published, by=alice)
    drain()
    Export.objects.update(expires_on=clock.today() - timedelta(days=1))

    assert (operations.purge_exports(), operations.purge_exports()) == (1, 0)

    export.refresh_from_db()
    assert export_path(export).exists() is False
    assert export.removed_at is not None


def test_export_that_was_given_up_keeps_nobody_from_asking_again(published, alice, staff, websites):
    websites.faults.fail("silent")
    given_up = operations.ask_export(space=published, by=alice)
    drain(raise_errors=False)
    procedure_operations.cancel(procedure=procedures.of("export", given_up.public_id), by=staff)
    websites.faults.heal()
    drain()

    export = operations.ask_export(space=published, by=alice)
    drain()

    export.refresh_from_db()
    assert (export != given_up, export.ready_at is not None) == (True, True)
    assert [line.given_up for line in queries.site_view(published, alice).exports] == [False, True]
