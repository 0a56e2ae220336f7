# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same contract: versions that come and go, leaving with everything, and what health sees."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from archipel.connectors.websites.records import blobs_prefix
from archipel.kernel.outside import TryLater
from archipel.spaces.ports import Health, Usage
from tests.connectors.websites.conftest import SITE, a_spec, publish, refusal, stored

# Versions


def test_five_earlier_versions_are_kept_and_the_rest_collected(make, spec):
    websites = make(grace=-2)
    websites.open(spec)
    for number in range(1, 9):
        publish(websites, spec.space_id, f"v{number}", {"index.html": b"%d" % number, "same.css": b"same"})

    assert [version.version_id for version in websites.versions(spec.space_id)] == ["v8", "v7", "v6", "v5", "v4", "v3"]
    assert refusal(websites.restore_version, spec.space_id, "v2") == "unknown"
    assert refusal(lambda: list(websites.paths(spec.space_id, "v2"))) == "unknown"
    assert stored(websites, spec.space_id, "v3") == {"index.html": b"3", "same.css": b"same"}
    assert websites.usage(spec.space_id).kept_bytes == 6 + 4
    # Their contents, their lists, the record.
    assert len(list(websites.store.list(f"spaces/{spec.space_id}/"))) == 7 + 6 + 1


def test_collection_spares_what_another_upload_has_staged(make, spec):
    websites = make(grace=-2)
    websites.open(spec)
    websites.stage_file(spec.space_id, "slow", "index.html", io.BytesIO(b"slow"))
    publish(websites, spec.space_id, "v1", SITE)
    websites.publish(spec.space_id, "slow", "v2")

    assert stored(websites, spec.space_id, "v2") == {"index.html": b"slow"}


def test_collection_spares_what_is_young(make, spec):
    websites = make()
    websites.open(spec)
    websites.stage_file(spec.space_id, "u1", "index.html", io.BytesIO(b"given up"))
    websites.discard(spec.space_id, "u1")
    publish(websites, spec.space_id, "v1", {"index.html": b"online"})

    assert websites.usage(spec.space_id) == Usage(bytes=6, files=1, kept_bytes=6 + 8)


def test_earlier_version_comes_back_in_one_move(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    publish(websites, spec.space_id, "v2", {"index.html": b"two"})

    websites.restore_version(spec.space_id, "v1")
    websites.restore_version(spec.space_id, "v1")

    assert websites.online(spec.space_id) == "v1"
    assert [version.version_id for version in websites.versions(spec.space_id)] == ["v2", "v1"]
    assert websites.usage(spec.space_id).bytes == 34


def test_earlier_version_larger_than_the_quota_stays_away(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    publish(websites, spec.space_id, "v2", {"index.html": b"two"})
    websites.set_quota(spec.space_id, 20)

    assert refusal(websites.restore_version, spec.space_id, "v1") == "quota"
    assert websites.online(spec.space_id) == "v2"


def test_publications_at_the_same_time_leave_one_whole_site(make, spec):
    make().open(spec)
    sites = {f"v{number}": {"index.html": b"%d" % number, f"{number}.css": b"css"} for number in range(4)}

    def run(version_id: str) -> None:
        websites = make()
        for _ in range(20):
            try:
                return publish(websites, spec.space_id, version_id, sites[version_id])
            except TryLater:
                continue
        raise AssertionError("never published")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, sites))

    websites = make()
    assert {version.version_id for version in websites.versions(spec.space_id)} == set(sites)
    assert {version_id: stored(websites, spec.space_id, version_id) for version_id in sites} == sites
    assert websites.health(spec.space_id).ok


# Leaving


def test_export_brings_everything_back_elsewhere_byte_for_byte(websites, spec, tmp_path):
    other = a_spec()
    websites.open(spec)
    websites.open(other)
    publish(websites, spec.space_id, "v1", SITE)
    publish(websites, spec.space_id, "v2", {"index.html": b"two", "empty.txt": b""})

    written = websites.export(spec.space_id, tmp_path / "bundle")
    websites.restore(other.space_id, tmp_path / "bundle")
    websites.restore(other.space_id, tmp_path / "bundle")

    newer, older = websites.versions(other.space_id)
    # In another space it is another version: two spaces of one host never share an id.
    assert {newer.version_id, older.version_id} & {"v1", "v2"} == set()
    assert websites.online(other.space_id) == newer.version_id
    assert [replace(newer, version_id="v2"), replace(older, version_id="v1")] == websites.versions(spec.space_id)
    assert stored(websites, other.space_id, newer.version_id) == {"index.html": b"two", "empty.txt": b""}
    assert stored(websites, other.space_id, older.version_id) == SITE
    assert sorted(file.path for file in written) == sorted(
        ["archipel-website.json", "site/empty.txt", "site/index.html", *(f"earlier/v1/{path}" for path in SITE)]
    )
    assert all((tmp_path / "bundle" / file.path).stat().st_size == file.size for file in written)


def test_export_of_a_site_without_pages_brings_its_first_page_back(websites, spec, tmp_path):
    websites.open(spec)

    (written,) = websites.export(spec.space_id, tmp_path)
    websites.restore(spec.space_id, tmp_path)

    assert written.path == "archipel-website.json"
    assert json.loads((tmp_path / written.path).read_text())["online"] is None
    assert websites.online(spec.space_id) is None


def test_restore_refuses_more_than_the_quota(websites, spec, tmp_path):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    websites.export(spec.space_id, tmp_path)
    small = a_spec(quota=10)
    websites.open(small)

    assert refusal(websites.restore, small.space_id, tmp_path) == "quota"
    assert websites.usage(small.space_id) == Usage(bytes=0, files=0, kept_bytes=0)


def test_closing_deletes_everything_and_counts(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    websites.stage_file(spec.space_id, "u2", "left.html", io.BytesIO(b"left"))

    # Address, record, list of files, three contents, the upload's sheet and content.
    assert websites.close(spec.space_id) == 8
    assert websites.close(spec.space_id) == 0
    assert list(websites.store.list(f"spaces/{spec.space_id}/")) == []
    assert refusal(websites.online, spec.space_id) == "unknown"
    websites.open(a_spec(address=spec.address))


def test_closing_leaves_neighbours_alone(websites, spec):
    neighbour = a_spec(space_id=f"{spec.space_id}-2")
    for one in (spec, neighbour):
        websites.open(one)
        publish(websites, one.space_id, "v1", SITE)
    websites.close(spec.space_id)

    assert stored(websites, neighbour.space_id, "v1") == SITE
    assert websites.health(neighbour.space_id).ok


# Observing


def test_health_sees_what_is_lost(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", SITE)
    websites.store.delete([blob.key for blob in websites.store.list(blobs_prefix(spec.space_id))])

    assert websites.health(spec.space_id) == Health(ok=False, detail="the address or the front page is lost")


def test_health_sees_what_is_not_what_was_published(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", {"index.html": b"good"})
    (blob,) = websites.store.list(blobs_prefix(spec.space_id))
    websites.store.put(blob.key, b"evil")

    assert websites.health(spec.space_id) == Health(ok=False, detail="the front page is not what was published")


def test_site_without_index_is_healthy_and_said_to_be(websites, spec):
    websites.open(spec)
    publish(websites, spec.space_id, "v1", {"other.html": b"x"})

    assert websites.health(spec.space_id) == Health(ok=True, detail="has no index.html")


def test_version_of_the_application_is_told(websites):
    assert websites.version() == "1"
