# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from archipel.connectors.restic.connector import ResticStore
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.wiring import spec_of
from archipel.spaces import operations
from archipel.spaces.files import export_path, kept_folder
from archipel.spaces.models import Backup
from archipel.spaces.operations.keeping import KeptCopy
from tests.connectors.restic.conftest import needs_restic
from tests.machines import stores
from tests.spaces import bundles

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves(settings):
    settings.BACKUP_STORE = stores.NAME
    return stores.renew()


@pytest.fixture
def near(shelves, host):
    return stores.place("Cave", "/near")


@pytest.fixture
def far(shelves, host):
    return stores.place("Chez le voisin", "/far")


def backed_up(blog, blogs, place, post):
    """Write a post, back the blog up an hour later, and return the copy."""
    blogs.write(blog.public_id, post)
    clock.move_forward(timedelta(hours=1))
    return operations.back_up_space(space=blog, place=place)


def brought_back(blog, blogs):
    """Return what visitors read once the blog was emptied and filled with what was kept."""
    clear = blogs.stack(blog.public_id)
    clear["volumes"][clear["machine"]]["posts"] = []
    blogs.spoil(blog.public_id, volumes=clear["volumes"])
    operations.bring_content_back(space=blog, name="p1")
    return blogs.posts(blog.public_id)


def test_newest_of_exports_and_backups_is_brought_back(blog, blogs, near, far):
    backed_up(blog, blogs, near, "un")
    bundles.taken_away(blog)
    newest = backed_up(blog, blogs, far, "deux")
    blogs.write(blog.public_id, "jamais copié")

    assert operations.keep_last_copy(space=blog, name="p1") == KeptCopy(newest.taken_at)
    assert brought_back(blog, blogs) == ["un", "deux"]


def test_export_that_is_newer_than_every_backup_is_taken(blog, blogs, near):
    backed_up(blog, blogs, near, "un")
    clock.move_forward(timedelta(hours=1))
    blogs.write(blog.public_id, "deux")
    bundles.taken_away(blog)

    assert operations.keep_last_copy(space=blog, name="p1") == KeptCopy(blog.exports.get().asked_at)
    assert brought_back(blog, blogs) == ["un", "deux"]


def test_space_that_was_never_copied_has_no_copy(blog, near):
    assert operations.keep_last_copy(space=blog, name="p1") is None


def test_copy_that_was_dropped_or_whose_place_is_closed_is_none(blog, blogs, near, far):
    backed_up(blog, blogs, near, "un")
    backed_up(blog, blogs, far, "deux")
    Backup.objects.filter(place=near).update(dropped_at=clock.now())
    far.closed_at = clock.now()
    far.save()

    assert operations.keep_last_copy(space=blog, name="p1") is None


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("silent", "Chez le voisin: the place does not answer (ordered)"),
        ("damaged", "Chez le voisin: what is kept there cannot be read (ordered)"),
    ],
)
def test_next_copy_is_taken_when_a_place_is_silent_or_a_copy_damaged(blog, blogs, near, far, shelves, fault, why):
    older = backed_up(blog, blogs, near, "un")
    backed_up(blog, blogs, far, "deux")
    shelves.fail("/far", fault)

    for patient in (False, True):
        kept = operations.keep_last_copy(space=blog, name="p1", patient=patient)
        assert kept == KeptCopy(older.taken_at, (why,))
    assert brought_back(blog, blogs) == ["un"]


def test_backup_whose_bytes_changed_and_export_cut_short_are_passed_over(blog, blogs, near, far):
    oldest = backed_up(blog, blogs, near, "un")
    clock.move_forward(timedelta(minutes=1))
    bundles.taken_away(blog)
    archive = export_path(blog.exports.get())
    archive.write_bytes(archive.read_bytes()[:-200])
    backed_up(blog, blogs, far, "deux")
    kept = stores.shelf("/far").kept[blog.public_id][0]
    _content, *rest = kept.files["content/blog.json"]
    kept.files["content/blog.json"] = (b"{}", *rest)

    found = operations.keep_last_copy(space=blog, name="p1")

    assert (found.data_of, [words.partition(":")[0] for words in found.passed_over]) == (
        oldest.taken_at,
        ["Chez le voisin", "export"],
    )
    assert brought_back(blog, blogs) == ["un"]


def test_silent_place_is_waited_for_before_much_older_data_is_taken(blog, blogs, near, far, shelves):
    old = backed_up(blog, blogs, near, "un")
    clock.move_forward(timedelta(days=3))
    backed_up(blog, blogs, far, "deux")
    shelves.fail("/far", "silent")

    with pytest.raises(TryLater):
        operations.keep_last_copy(space=blog, name="p1", patient=True)
    assert operations.keep_last_copy(space=blog, name="p1").data_of == old.taken_at


@pytest.mark.parametrize(("fault", "error"), [("silent", TryLater), ("damaged", RefusedOutside)])
def test_space_whose_only_copy_cannot_be_had_says_why(blog, blogs, near, shelves, fault, error):
    backed_up(blog, blogs, near, "un")
    shelves.fail("/near", fault)
    with pytest.raises(error):
        operations.keep_last_copy(space=blog, name="p1")


def real_store(spec):
    return ResticStore(spec, Path(django_settings.ARCHIPEL_DATA) / "tmp" / "backups", now=clock.now)


@pytest.mark.server
def test_copies_of_the_real_restic_are_brought_back_newest_first_and_past_a_damaged_one(
    blog, blogs, settings, tmp_path, host
):
    needs_restic()
    settings.BACKUP_STORE = f"{__name__}.real_store"
    places = [
        stores.place(name, str(tmp_path / name), prepared=False, checked_at=clock.now()) for name in ("near", "far")
    ]
    for place in places:
        real_store(spec_of(place)).ensure()
    older = backed_up(blog, blogs, places[0], "un")
    newest = backed_up(blog, blogs, places[1], "deux")

    assert operations.keep_last_copy(space=blog, name="p1") == KeptCopy(newest.taken_at)
    assert brought_back(blog, blogs) == ["un", "deux"]

    for pack in (tmp_path / "far" / blog.public_id / "data").glob("*/*"):
        pack.chmod(0o600)
        pack.write_bytes(bytes(reversed(pack.read_bytes())))
    kept = operations.keep_last_copy(space=blog, name="p1")
    assert (kept.data_of, len(kept.passed_over)) == (older.taken_at, 1)
    assert brought_back(blog, blogs) == ["un"]
    assert sorted(path.name for path in kept_folder("p1").iterdir()) == [
        "CHECKSUMS.sha256",
        "content",
        "files.json",
        "manifest.json",
    ]
