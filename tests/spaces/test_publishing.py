# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import stat
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest

from archipel.history import queries as history
from archipel.kernel import clock
from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.models import Publication, Space
from archipel.spaces.operations import Source
from archipel.spaces.operations.publishing import NotKept, UploadOver
from archipel.spaces.refusals import HeldBack, NotOpen, PublishRefused, StoreSilent
from tests import factories

pytestmark = pytest.mark.django_db
HERE = Source("203.0.113.7", 50_123)


def _shown(websites, site) -> dict[str, int]:
    online = websites.online(site.public_id)
    return dict(websites.paths(site.public_id, online)) if online else {}


def test_zip_goes_online_and_says_who_published_from_where(site, websites, alice):
    archive = factories.zip_of({"index.html": b"hello", "css/a.css": b"a{}"})

    made = operations.publish_zip(space=site, archive=archive, person=alice, source=HERE)

    assert (made.state, made.number, made.files, made.bytes, made.kept) == ("online", 1, 2, 8, True)
    assert (made.from_address, made.from_port, made.person) == ("203.0.113.7", 50_123, alice)
    assert _shown(websites, site) == {"index.html": 5, "css/a.css": 3}
    site.refresh_from_db()
    assert (site.online_version, site.usage_bytes, site.usage_files) == (made.public_id, 8, 2)
    line = history.of_organisation(site.organisation.public_id).lines[0]
    assert (line.what, line.actor) == ("space.published", alice.name)


def test_second_version_replaces_the_first_which_is_kept(site, alice):
    first = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    second = operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"2"}), person=alice)

    first.refresh_from_db()
    assert [(row.state, row.number, row.kept) for row in (first, second)] == [
        ("replaced", 1, True),
        ("online", 2, True),
    ]


def test_earlier_version_comes_back_and_can_be_left_again(site, websites, alice, bob):
    first = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    second = operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"2"}), person=alice)

    restored = operations.restore_version(version=first, person=bob, source=HERE)

    assert (restored.means, restored.state, restored.number) == ("restore", "online", None)
    assert websites.online(site.public_id) == first.public_id
    assert Space.objects.get().online_version == first.public_id
    states = dict(Publication.objects.values_list("public_id", "state"))
    assert states == {first.public_id: "online", second.public_id: "replaced", restored.public_id: "online"}

    second.refresh_from_db()
    operations.restore_version(version=second, person=bob)
    assert websites.online(site.public_id) == second.public_id
    assert set(Publication.objects.filter(state="online", means="zip")) == {second}


def test_version_the_store_no_longer_keeps_cannot_come_back(site, alice):
    first = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    for number in range(6):
        operations.publish_zip(space=site, archive=factories.zip_of({"index.html": f"{number}".encode()}), person=alice)
    first.refresh_from_db()
    assert first.kept is False

    with pytest.raises(NotKept):
        operations.restore_version(version=first, person=alice)


def _link() -> BytesIO:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("passwd")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    made.seek(0)
    return made


def _bomb() -> BytesIO:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.html", "w") as target:
        for _ in range(120):
            target.write(bytes(1024 * 1024))
    made.seek(0)
    return made


def _crowd() -> BytesIO:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.txt", b"")
    made.seek(0)
    return made


HOSTILE = {
    "traversal": (lambda: factories.zip_of({"../../etc/cron.d/x": b"x"}), "bad_path", "../../etc/cron.d/x"),
    "absolute": (lambda: factories.zip_of({"/etc/passwd": b"x"}), "bad_path", "/etc/passwd"),
    "link": (_link, "link", "passwd"),
    "bomb": (_bomb, "too_large", "bomb.html"),
    "crowd": (_crowd, "too_many", ""),
    "device": (lambda: factories.zip_of({"con.html": b"x"}), "bad_path", "con.html"),
    "twice": (lambda: factories.zip_of({"A.html": b"1", "a.html": b"2"}), "duplicate", "a.html"),
    "nothing": (lambda: factories.zip_of({"__MACOSX/x": b"1"}), "empty", ""),
    "no zip": (lambda: BytesIO(b"not a zip at all"), "not_a_zip", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archive_is_refused_in_words_and_the_site_untouched(site, websites, alice, case):
    made, reason, file = HOSTILE[case]
    online = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)

    with pytest.raises(PublishRefused) as caught:
        operations.publish_zip(space=site, archive=made(), person=alice)

    assert caught.value.details["reason"] == reason
    assert caught.value.details["file"] == file
    assert file in str(caught.value)
    assert websites.online(site.public_id) == online.public_id
    refused = Publication.objects.exclude(pk=online.pk).get()
    assert (refused.state, refused.refusal, refused.number) == ("refused", reason, None)


def test_quota_is_enforced_before_anything_is_written(site, websites, alice):
    site.quota_bytes = 10
    site.save()
    websites.set_quota(site.public_id, 10)
    before = [found.key for found in websites.store.list(f"spaces/{site.public_id}/")]

    with pytest.raises(PublishRefused) as caught:
        operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"x" * 11}), person=alice)

    assert caught.value.details["reason"] == "quota"
    assert [found.key for found in websites.store.list(f"spaces/{site.public_id}/")] == before


def test_body_longer_than_the_quota_is_refused_before_it_is_read(site):
    with pytest.raises(PublishRefused):
        operations.check_size(space=site, length=6 * 10**9)
    operations.check_size(space=site, length=5 * 10**9)
    operations.check_size(space=site, length=None)


@pytest.mark.parametrize("effect", ["read_only", "suspended"])
def test_nothing_is_published_while_a_hold_lasts(site, alice, staff, effect):
    operations.place_hold(space=site, kind="unpaid", effect=effect, reason="Facture", by=staff)

    with pytest.raises(HeldBack):
        operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    assert Publication.objects.count() == 0


@pytest.mark.parametrize("state", ["opening", "closing", "closed", "deleted"])
def test_only_an_open_space_is_published_to(site, alice, state):
    Space.objects.update(state=state)

    with pytest.raises(NotOpen):
        operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)


def test_silent_store_keeps_the_intention_which_is_settled_later(site, websites, alice):
    websites.faults.fail("silent")
    with pytest.raises(StoreSilent):
        operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    publication = Publication.objects.get()
    assert publication.state == "receiving"

    websites.faults.heal()
    drain()
    publication.refresh_from_db()
    assert publication.state == "receiving"

    Publication.objects.update(started_at=clock.now() - timedelta(hours=2))
    operations.reconcile(space=site)
    publication.refresh_from_db()
    assert publication.state == "abandoned"


def test_crash_between_the_store_and_the_result_is_reconciled(site, websites, alice):
    """What a process killed after ``publish`` leaves: the store shows the version, the row still receives."""
    crashed = Publication.objects.create(
        space=site, state="receiving", means="zip", person=alice, started_at=clock.now() - timedelta(minutes=10)
    )
    websites.stage_zip(site.public_id, crashed.public_id, factories.zip_of())
    websites.publish(site.public_id, crashed.public_id, crashed.public_id)

    assert operations.settle_publications() == 1
    drain()

    crashed.refresh_from_db()
    assert (crashed.state, crashed.number, crashed.files) == ("online", 1, 1)
    assert Space.objects.get().online_version == crashed.public_id


def test_crash_before_the_store_leaves_the_site_and_is_given_up(site, websites, alice):
    online = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    crashed = Publication.objects.create(
        space=site, state="receiving", means="zip", person=alice, started_at=clock.now() - timedelta(hours=2)
    )
    websites.stage_zip(site.public_id, crashed.public_id, factories.zip_of({"index.html": b"new"}))

    operations.reconcile(space=site)

    crashed.refresh_from_db()
    assert crashed.state == "abandoned"
    assert websites.staged(site.public_id, crashed.public_id) == (0, 0)
    assert websites.online(site.public_id) == online.public_id


def test_crashed_restore_is_reconciled(site, websites, alice):
    first = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"2"}), person=alice)
    crashed = Publication.objects.create(
        space=site, state="receiving", means="restore", restores=first.public_id, person=alice, started_at=clock.now()
    )
    websites.restore_version(site.public_id, first.public_id)

    operations.reconcile(space=site)

    crashed.refresh_from_db()
    first.refresh_from_db()
    assert (crashed.state, first.state, Space.objects.get().online_version) == ("online", "online", first.public_id)


def test_answer_lost_after_publishing_is_settled_as_online(site, websites, alice):
    """Every call from the swap on is done, its answers never arrive."""
    archive = factories.zip_of()
    counted = len(websites.faults.calls)
    operations.publish_zip(space=site, archive=archive, person=alice)
    calls = len(websites.faults.calls) - counted
    for nth in range(1, calls + 1):
        archive.seek(0)
        websites.faults.fail("lost", nth=nth)
        with pytest.raises(StoreSilent):
            operations.publish_zip(space=site, archive=archive, person=alice)
        websites.faults.heal()
        Publication.objects.update(started_at=clock.now() - timedelta(hours=2))
        operations.reconcile(space=site)
        online = websites.online(site.public_id)
        assert Publication.objects.get(state="online", means="zip").public_id == online
        assert Publication.objects.filter(state="receiving").count() == 0


def test_folder_sent_in_several_requests_goes_online_whole(site, websites, alice):
    upload = operations.start_upload(space=site, person=alice, source=HERE)
    for folder in range(30):
        files = [(f"pages/{folder}/{number}.html", BytesIO(b"page")) for number in range(66)]
        sent = operations.add_files(upload=upload, files=files)
    assert (sent.files, sent.bytes) == (1980, 7920)
    assert websites.online(site.public_id) is None

    made = operations.finish_upload(upload=upload)

    assert (made.state, made.files, made.means) == ("online", 1980, "folder")
    assert _shown(websites, site)["pages/29/65.html"] == 4


def test_request_sent_twice_counts_once_and_finishing_twice_too(site, alice):
    upload = operations.start_upload(space=site, person=alice)
    for _ in range(2):
        sent = operations.add_files(upload=upload, files=[("index.html", BytesIO(b"hello"))])
    assert (sent.files, sent.bytes) == (1, 5)

    first = operations.finish_upload(upload=upload)
    second = operations.finish_upload(upload=upload)

    assert (first.number, second.number) == (1, 1)


def test_hostile_path_of_a_folder_is_refused_and_the_rest_can_go_on(site, alice):
    upload = operations.start_upload(space=site, person=alice)
    with pytest.raises(PublishRefused) as caught:
        operations.add_files(upload=upload, files=[("../x", BytesIO(b"1"))])
    assert caught.value.details == {"reason": "bad_path", "file": "../x"}

    operations.add_files(upload=upload, files=[("index.html", BytesIO(b"1"))])
    assert operations.finish_upload(upload=upload).state == "online"


def test_new_upload_gives_up_the_one_before(site, websites, alice):
    first = operations.start_upload(space=site, person=alice)
    operations.add_files(upload=first, files=[("index.html", BytesIO(b"1"))])

    operations.start_upload(space=site, person=alice)

    first.refresh_from_db()
    assert first.state == "abandoned"
    assert websites.staged(site.public_id, first.public_id) == (0, 0)
    with pytest.raises(UploadOver):
        operations.add_files(upload=first, files=[("index.html", BytesIO(b"1"))])
    with pytest.raises(UploadOver):
        operations.finish_upload(upload=first)


def test_folder_begun_long_ago_is_given_up(site, alice):
    upload = operations.start_upload(space=site, person=alice)
    Publication.objects.update(started_at=clock.now() - timedelta(hours=25))

    operations.settle_publications()
    drain()

    upload.refresh_from_db()
    assert upload.state == "abandoned"
