# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every store of websites must do, the fake included: one contract, run on each."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from archipel.connectors.websites.records import blobs_prefix
from archipel.spaces.ports import Health, HoldNotice, PersonAccess, Usage
from tests.connectors.websites.conftest import SITE, a_spec, publish, refusal, stored, zipped

HOLD = HoldNotice("read_only", "fr", "La Contre-Mer", "contact@host.example")


# Opening


def test_opened_site_shows_its_first_page_only(websites, spec):
    websites.open(spec)

    assert websites.online(spec.space_id) is None
    assert websites.versions(spec.space_id) == []
    assert websites.usage(spec.space_id) == Usage(bytes=0, files=0, kept_bytes=0)
    assert websites.health(spec.space_id) == Health(ok=True, detail="shows its first page")


def test_opening_again_keeps_what_is_online(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)

    websites.open(replace(spec, title="Trois-Ponts", quota=None))

    assert websites.online(spec.space_id) == "v1"
    assert stored(websites, spec.space_id, "v1") == SITE


def test_opening_adopts_an_address_left_by_an_interrupted_call(websites, spec):
    websites._take_address(spec.address, spec.space_id)

    websites.open(spec)

    assert websites.health(spec.space_id).ok


def test_opening_refuses_an_address_of_another_space(websites, spec):
    websites.open(spec)
    other = a_spec(address=spec.address)

    assert refusal(websites.open, other) == "taken"
    assert refusal(websites.online, other.space_id) == "unknown"


def test_opening_at_a_new_address_frees_the_old_one(websites, spec):
    moved = replace(spec, address=f"new-{spec.address}")
    websites.open(spec)
    websites.open(moved)

    websites.open(a_spec(address=spec.address))

    assert websites.health(spec.space_id).ok


@pytest.mark.parametrize(
    "address", ["", "no spaces.example", "../up.example", "-a.example", "a" * 64 + ".example", "a/b"]
)
def test_opening_refuses_what_is_no_host_name(websites, spec, address):
    assert refusal(websites.open, replace(spec, address=address)) == "bad_input"


def test_unknown_space_is_refused_by_every_call(websites, tmp_path):
    missing = a_spec().space_id

    assert {
        refusal(websites.set_people, missing, []),
        refusal(websites.set_quota, missing, 1),
        refusal(websites.usage, missing),
        refusal(websites.hold, missing, HOLD),
        refusal(websites.release, missing),
        refusal(websites.export, missing, tmp_path),
        refusal(websites.stage_zip, missing, "u", zipped(SITE)),
        refusal(websites.stage_file, missing, "u", "index.html", io.BytesIO(b"x")),
        refusal(websites.publish, missing, "u", "v"),
        refusal(websites.versions, missing),
        refusal(websites.online, missing),
        refusal(websites.restore_version, missing, "v"),
        refusal(lambda: list(websites.paths(missing, "v"))),
        refusal(websites.close, "../.."),
    } == {"unknown"}
    assert websites.health(missing) == Health(ok=False, detail="there is no such website")


def test_people_are_accepted_and_nothing_of_them_is_kept(websites, spec):
    websites.open(spec)

    websites.set_people(spec.space_id, [PersonAccess("p1", "Alice Martin", "alice@trois-ponts.example", "referent")])

    assert b"lice" not in websites.store.get(f"spaces/{spec.space_id}/site.json")[0]


# Publishing


def test_publishing_files_puts_them_online(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)

    (version,) = websites.versions(spec.space_id)
    assert (version.version_id, version.files, version.bytes) == ("v1", 3, 34)
    assert websites.online(spec.space_id) == "v1"
    assert dict(websites.paths(spec.space_id, "v1")) == {path: len(content) for path, content in SITE.items()}
    assert stored(websites, spec.space_id, "v1") == SITE
    assert websites.usage(spec.space_id) == Usage(bytes=34, files=3, kept_bytes=34)
    assert websites.health(spec.space_id) == Health(ok=True, detail="shows 3 files")


def test_publishing_a_zip_puts_it_online(websites, spec):
    websites.open(spec)

    assert websites.stage_zip(spec.space_id, "u1", zipped(SITE)) == 3
    assert websites.staged(spec.space_id, "u1") == (3, 34)
    websites.publish(spec.space_id, "u1", "v1")

    assert stored(websites, spec.space_id, "v1") == SITE
    assert websites.staged(spec.space_id, "u1") == (0, 0)


def test_many_files_of_a_zip_arrive_whole(websites, spec):
    many = {f"d{number % 7}/page{number}.html": f"page {number}".encode() for number in range(60)}
    websites.open(spec)
    websites.stage_zip(spec.space_id, "u1", zipped(many))
    websites.publish(spec.space_id, "u1", "v1")

    assert stored(websites, spec.space_id, "v1") == many


def test_staging_a_zip_again_counts_once(websites, spec):
    websites.open(replace(spec, quota=40))
    websites.stage_zip(spec.space_id, "u1", zipped(SITE))
    websites.stage_zip(spec.space_id, "u1", zipped(SITE))

    assert websites.staged(spec.space_id, "u1") == (3, 34)


def test_publishing_again_with_the_same_ids_changes_nothing(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    (first,) = websites.versions(spec.space_id)
    publish(websites, spec.space_id, "v2", {"index.html": b"two"})

    assert websites.publish(spec.space_id, "upload-v1", "v1") == first
    assert websites.online(spec.space_id) == "v2"


def test_same_path_again_replaces_what_was_staged(make, websites, spec):
    websites.open(spec)
    websites.stage_zip(spec.space_id, "u1", zipped(SITE))
    websites.stage_file(spec.space_id, "u1", "index.html", io.BytesIO(b"second"))
    make().stage_file(spec.space_id, "u1", "index.html", io.BytesIO(b"third time"))
    websites.publish(spec.space_id, "u1", "v1")

    assert stored(websites, spec.space_id, "v1") == {**SITE, "index.html": b"third time"}


def test_uploads_do_not_mix(websites, spec):
    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "index.html", io.BytesIO(b"one"))
    websites.stage_file(spec.space_id, "u2", "other.html", io.BytesIO(b"two"))
    websites.discard(spec.space_id, "u2")
    websites.discard(spec.space_id, "never-seen")
    websites.publish(spec.space_id, "u1", "v1")

    assert stored(websites, spec.space_id, "v1") == {"index.html": b"one"}
    assert refusal(websites.publish, spec.space_id, "u2", "v2") == "empty"


def test_content_that_can_be_read_only_once_is_taken(websites, spec):
    class Once(io.BytesIO):
        def seekable(self) -> bool:
            return False

    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "once.txt", Once(b"once"))
    websites.stage_zip(spec.space_id, "u1", Once(zipped(SITE).getvalue()))
    websites.publish(spec.space_id, "u1", "v1")

    assert stored(websites, spec.space_id, "v1") == {**SITE, "once.txt": b"once"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../up", "bad_path"),
        ("/etc/passwd", "bad_path"),
        ("C:/x", "bad_path"),
        ("a\\b", "bad_path"),
        ("INDEX.html", "duplicate"),
    ],
)
def test_hostile_path_is_refused_and_the_upload_kept(websites, spec, path, code):
    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "index.html", io.BytesIO(b"fine"))

    assert refusal(websites.stage_file, spec.space_id, "u1", path, io.BytesIO(b"x")) == code
    assert websites.staged(spec.space_id, "u1") == (1, 4)


def test_file_that_is_also_a_folder_is_refused_at_the_latest_when_published(websites, spec):
    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "a", io.BytesIO(b"x"))
    websites.stage_file(spec.space_id, "u1", "a/b", io.BytesIO(b"x"))

    assert refusal(websites.publish, spec.space_id, "u1", "v1") == "duplicate"
    assert websites.online(spec.space_id) is None


def test_files_left_by_systems_are_dropped_quietly(websites, spec):
    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "photos/.DS_Store", io.BytesIO(b"x"))

    assert websites.staged(spec.space_id, "u1") == (0, 0)


def test_content_that_did_not_arrive_is_not_published(websites, spec):
    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "index.html", io.BytesIO(b"lost"))
    websites.store.delete([blob.key for blob in websites.store.list(blobs_prefix(spec.space_id))])

    assert refusal(websites.publish, spec.space_id, "u1", "v1") == "unknown"
    assert websites.online(spec.space_id) is None


# Quota and holds


def test_quota_is_checked_before_anything_is_written(websites, spec):
    websites.open(replace(spec, quota=33))

    assert refusal(websites.stage_zip, spec.space_id, "u1", zipped(SITE)) == "quota"
    assert refusal(websites.stage_file, spec.space_id, "u1", "big", io.BytesIO(b"x" * 34)) == "quota"
    assert websites.staged(spec.space_id, "u1") == (0, 0)
    assert websites.usage(spec.space_id).kept_bytes == 0


def test_quota_counts_what_is_staged_already(websites, spec):
    websites.open(replace(spec, quota=10))
    websites.stage_file(spec.space_id, "u1", "a", io.BytesIO(b"x" * 6))

    assert refusal(websites.stage_file, spec.space_id, "u1", "b", io.BytesIO(b"x" * 5)) == "quota"
    websites.stage_file(spec.space_id, "u1", "b", io.BytesIO(b"x" * 4))
    websites.stage_file(spec.space_id, "u1", "a", io.BytesIO(b"y" * 6))
    assert websites.publish(spec.space_id, "u1", "v1").bytes == 10


def test_quota_counts_one_version_not_the_earlier_ones(websites, spec):
    websites.open(replace(spec, quota=10))
    for number in range(3):
        publish(websites, spec.space_id, f"v{number}", {"a": bytes([number]) * 10})

    assert websites.usage(spec.space_id) == Usage(bytes=10, files=1, kept_bytes=30)


def test_quota_lowered_after_staging_refuses_publishing(websites, spec):
    websites.open(spec)
    websites.stage_zip(spec.space_id, "u1", zipped(SITE))
    websites.set_quota(spec.space_id, 0)

    assert refusal(websites.publish, spec.space_id, "u1", "v1") == "quota"
    websites.set_quota(spec.space_id, None)
    assert websites.publish(spec.space_id, "u1", "v1").files == 3


@pytest.mark.parametrize("effect", ["read_only", "suspended"])
def test_hold_forbids_publishing_until_released(websites, spec, effect):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    publish(websites, spec.space_id, "v2", {"index.html": b"two"})
    websites.stage_zip(spec.space_id, "u3", zipped(SITE))
    websites.hold(spec.space_id, replace(HOLD, effect=effect))

    assert refusal(websites.publish, spec.space_id, "u3", "v3") == "read_only"
    assert refusal(websites.restore_version, spec.space_id, "v1") == "read_only"
    assert refusal(websites.stage_zip, spec.space_id, "u4", zipped(SITE)) == "read_only"
    assert refusal(websites.stage_file, spec.space_id, "u4", "a", io.BytesIO(b"x")) == "read_only"
    assert websites.online(spec.space_id) == "v2"

    websites.release(spec.space_id)
    websites.release(spec.space_id)
    websites.publish(spec.space_id, "u3", "v3")
    assert websites.online(spec.space_id) == "v3"
