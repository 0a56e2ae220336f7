# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every place for back-ups must do, the fake included: one contract, run on each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archipel.machines.ports import Retention
from tests.connectors.restic.conftest import a_folder, contents, refusal

NOON = datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=UTC)
FILES = {"index.html": b"bonjour", "images/été.txt": b"sable" * 50, "vide": b""}


@pytest.fixture
def folder(tmp_path):
    return a_folder(tmp_path / "space", FILES)


@pytest.fixture
def empty(tmp_path):
    made = tmp_path / "back"
    made.mkdir()
    return made


def test_copy_comes_back_byte_for_byte_with_modes_and_times(store, folder, empty):
    (folder / "index.html").chmod(0o640)

    copy = store.keep("space1", folder, taken_at=NOON)
    store.bring_back(copy.id, empty)

    assert (copy.about, copy.taken_at, copy.files, copy.bytes) == ("space1", NOON, 3, 257)
    assert contents(empty) == FILES
    assert (empty / "index.html").stat().st_mode & 0o777 == 0o640
    assert (empty / "index.html").stat().st_mtime == pytest.approx((folder / "index.html").stat().st_mtime, abs=0.001)


def test_same_thing_at_the_same_instant_is_the_same_copy(store, folder):
    first = store.keep("space1", folder, taken_at=NOON)
    assert store.keep("space1", folder, taken_at=NOON) == first
    assert store.copies("space1") == [first]


def test_copies_are_told_apart_and_newest_first(store, folder):
    old = store.keep("space1", folder, taken_at=NOON)
    other = store.keep("space2", folder, taken_at=NOON + timedelta(hours=1))
    new = store.keep("space1", folder, taken_at=NOON + timedelta(days=1))

    assert store.copies("space1") == [new, old]
    assert store.copies() == [new, other, old]
    assert store.copies("nothing") == []
    assert store.size() > 0


def test_preparing_again_changes_nothing(store, folder):
    copy = store.keep("space1", folder, taken_at=NOON)
    store.ensure()
    assert store.copies() == [copy]


def test_wrong_passphrase_opens_nothing_and_prepares_nothing(opener, folder, empty):
    store = opener()
    store.ensure()
    copy = store.keep("space1", folder, taken_at=NOON)
    wrong = opener(passphrase="autre chose que la bonne")

    assert {
        refusal(wrong.ensure),
        refusal(wrong.keep, "space1", folder, taken_at=NOON),
        refusal(wrong.keep, "space2", folder, taken_at=NOON),
        refusal(wrong.copies, "space1"),
        refusal(wrong.bring_back, copy.id, empty),
        refusal(wrong.check),
    } == {"bad_key"}
    assert contents(empty) == {}


def test_place_that_was_not_prepared_is_not_written_to(opener, folder, empty):
    """A disk that is not mounted must not be replaced by an empty folder."""
    store = opener()
    calls = [
        refusal(store.keep, "space1", folder, taken_at=NOON),
        refusal(store.copies, "space1"),
        refusal(store.copies),
        refusal(store.drop, "space1"),
        refusal(store.bring_back, "space1/00000000", empty),
    ]
    assert calls == ["unknown"] * 5
    store.ensure()
    assert store.copies() == []


def test_unknown_copy_and_full_folder_are_refused(store, folder, empty):
    copy = store.keep("space1", folder, taken_at=NOON)
    assert refusal(store.bring_back, "space1/ffffffff", empty) == "unknown"
    assert refusal(store.bring_back, "space9/ffffffff", empty) == "unknown"
    assert refusal(store.bring_back, copy.id, folder) == "bad_input"
    assert contents(folder) == FILES


def test_names_that_would_lead_elsewhere_are_refused(store, folder):
    names = ["", "place", "../up", "a b", "-x", "a/b", "a,b", "x" * 41]
    assert [refusal(store.keep, name, folder, taken_at=NOON) for name in names] == ["bad_input"] * len(names)


def test_thinning_keeps_what_the_retention_says_and_tells_what_went(store, folder, empty):
    kept = [store.keep("space1", folder, taken_at=NOON - timedelta(days=days)) for days in range(4)]
    untouched = store.keep("space2", folder, taken_at=NOON - timedelta(days=30))

    gone = store.thin_out("space1", Retention(daily=2, weekly=0, monthly=0, recent_days=0))

    assert sorted(gone) == sorted(copy.id for copy in kept[2:])
    assert store.copies("space1") == kept[:2]
    assert store.copies("space2") == [untouched]
    assert store.thin_out("space1", Retention(daily=2, weekly=0, monthly=0, recent_days=0)) == []
    store.bring_back(kept[0].id, empty)
    assert contents(empty) == FILES


def test_recent_copies_stay_whatever_the_retention_says(store, folder):
    night, by_hand = (store.keep("space1", folder, taken_at=NOON + timedelta(hours=hours)) for hours in (0, 2))
    old = store.keep("space1", folder, taken_at=NOON - timedelta(days=5))
    assert store.thin_out("space1", Retention(daily=1, weekly=0, monthly=0, recent_days=3)) == [old.id]
    assert store.copies("space1") == [by_hand, night]


def test_retention_that_keeps_nothing_is_refused(store, folder):
    copy = store.keep("space1", folder, taken_at=NOON)
    assert refusal(store.thin_out, "space1", Retention(0, 0, 0)) == "bad_input"
    assert store.copies("space1") == [copy]


def test_dropped_copies_are_gone_and_counted_once(store, folder, empty):
    copies = [store.keep("space1", folder, taken_at=NOON + timedelta(days=days)) for days in range(2)]
    stays = store.keep("space2", folder, taken_at=NOON)

    assert [store.drop("space1"), store.drop("space1")] == [2, 0]
    assert store.copies() == [stays]
    assert refusal(store.bring_back, copies[0].id, empty) == "unknown"
    assert store.keep("space1", folder, taken_at=NOON).files == 3


def test_whole_place_passes_its_check(store, folder):
    copy = store.keep("space1", folder, taken_at=NOON)
    store.check(share=1)
    assert store.copies() == [copy]
