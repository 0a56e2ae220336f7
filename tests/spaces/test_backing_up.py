# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from archipel.connectors.restic.fake import Killed
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines import queries as machines
from archipel.machines.models import BackupPlace
from archipel.machines.wiring import spec_of
from archipel.organisations.models import Membership
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.portal.queries import today
from archipel.procedures import queries as procedures
from archipel.spaces import copies, operations, proofs, queries
from archipel.spaces.models import Backup, Closing, LastCopy, Restoration, Space
from archipel.spaces.operations.backing_up import NoBackupPlace
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.refusals import NotOpen
from tests import factories
from tests.machines import stores

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelves(settings):
    settings.BACKUP_STORE = stores.NAME
    return stores.renew()


@pytest.fixture
def place(host):
    return stores.place()


def published(where, label, content=b"un"):
    space = factories.open_site(where, label, title=label)
    operations.publish_zip(space=space, archive=factories.zip_of({"index.html": content}), person=_referent(where))
    return space


def _referent(where):
    return Membership.objects.get(organisation=where, role="referent").person


def _lines(staff):
    return [line for line in today(staff).lines if line.kind in {"backup", "backup_place"}]


def night():
    operations.back_up_all()
    drain()


def test_space_is_copied_as_its_export_and_nothing_stays_behind(site, place, tmp_path):
    before = list(copies.work_root().iterdir())
    backup = operations.back_up_space(space=site)

    stores.current(spec_of(place)).bring_back(backup.copy_id, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["format"], manifest["space"]["id"]) == ("archipel-space-export/1", site.public_id)
    assert copies.compare(tmp_path) == backup.files - 1 == len(manifest["files"]) + 1
    assert list(copies.work_root().iterdir()) == before
    last = LastCopy.objects.get()
    assert (last.taken_at, last.problem, place.pk) == (backup.taken_at, "", last.place_id)


def test_without_a_place_or_an_open_space_nothing_is_copied(site, host):
    with pytest.raises(NoBackupPlace):
        operations.back_up_space(space=site)
    stores.place()
    Space.objects.update(state="closed")
    site.refresh_from_db()
    with pytest.raises(NotOpen):
        operations.back_up_space(space=site)
    assert Backup.objects.count() == 0


def test_one_place_that_works_is_enough_and_the_other_is_noted(site, place, shelves):
    other = stores.place("Deuxième", "/other")
    shelves.fail("/copies", "full")

    backup = operations.back_up_space(space=site)

    place.refresh_from_db()
    assert (backup.place, place.problem_code, "full" in place.problem) == (other, "later", True)
    assert [(row.place_id, bool(row.taken_at)) for row in LastCopy.objects.order_by("pk")] == [
        (place.pk, False),
        (other.pk, True),
    ]


def test_no_place_that_works_is_an_error(site, place, shelves):
    shelves.fail("/copies", "silent")
    with pytest.raises(TryLater):
        operations.back_up_space(space=site)
    shelves.fail("/copies", "refusing")
    with pytest.raises(RefusedOutside):
        operations.back_up_space(space=site)
    assert Backup.objects.exclude(copy_id="").count() == 0


def test_silent_application_is_noted_beside_the_space_and_not_beside_the_place(site, place, websites):
    websites.faults.fail("silent")
    with pytest.raises(TryLater):
        operations.back_up_space(space=site)
    place.refresh_from_db()
    assert (place.problem_since, LastCopy.objects.get().problem) == (None, "no answer from the store (ordered)")


def test_night_copies_every_open_and_closing_space_to_every_place(trois_ponts, alice, place, host):
    stores.place("Deuxième", "/other")
    open_one, closing = published(trois_ponts, "un"), published(trois_ponts, "deux")
    operations.close_space(space=closing, by=alice)
    factories.space(trois_ponts, "trois", connector="")
    factories.space(trois_ponts, "quatre", state="deleted")

    night()

    kept = Backup.objects.exclude(copy_id="").values_list("space__public_id", "place__name")
    assert sorted(kept) == sorted(
        (one.public_id, name) for one in (open_one, closing) for name in ("Chez le voisin", "Deuxième")
    )
    assert Job.objects.filter(state="pending", name__endswith="back_up_next").count() == 0


def test_night_goes_below_people_and_one_space_a_job(trois_ponts, place):
    for label in ("un", "deux", "trois"):
        published(trois_ponts, label)
    operations.back_up_all()
    drain()
    jobs = Job.objects.filter(name__endswith="back_up_next")
    assert {job.priority for job in jobs} == {-10}
    assert jobs.count() == 4


def test_second_night_copies_again_and_a_repeated_one_does_not(trois_ponts, place):
    space = published(trois_ponts, "un")
    began = clock.now()
    operations.back_up_following(night=began)
    assert operations.back_up_following(night=began) is None
    night()
    assert Backup.objects.filter(space=space).exclude(copy_id="").count() == 2


def test_worker_killed_in_a_copy_leaves_it_to_the_next_try(trois_ponts, place, shelves):
    first, second = published(trois_ponts, "un"), published(trois_ponts, "deux")
    shelves.fail("/copies", "killed", about=first.public_id)
    began = clock.now()
    with pytest.raises(Killed):
        operations.back_up_following(night=began)
    shelves.fail("/copies", None)

    assert operations.back_up_following(night=began) == first
    assert operations.back_up_following(night=began, after=first.pk) == second

    rows = Backup.objects.filter(space=first).order_by("pk")
    assert [(row.problem, bool(row.copy_id)) for row in rows] == [("interrupted", False), ("", True)]


def test_copy_whose_row_was_not_written_is_found_again(site, place, shelves):
    shelves.fail("/copies", "lost")
    with pytest.raises(TryLater):
        operations.back_up_space(space=site)
    Backup.objects.update(finished_at=None, problem="")
    shelves.fail("/copies", None)

    operations.back_up_space(space=site)

    there = {copy.id for copy in stores.current(spec_of(place)).copies(site.public_id)}
    assert set(Backup.objects.values_list("copy_id", flat=True)) == there


def test_space_that_ends_its_worker_does_not_keep_the_others_from_their_turn(trois_ponts, place, shelves):
    first, second = published(trois_ponts, "un"), published(trois_ponts, "deux")
    shelves.fail("/copies", "killed", about=first.public_id)
    began = clock.now()
    for _ in range(3):
        with pytest.raises(Killed):
            operations.back_up_following(night=began)
    assert operations.back_up_following(night=began) == second


def test_space_being_worked_on_is_copied_later_in_the_same_night(trois_ponts, place):
    first, second = published(trois_ponts, "un"), published(trois_ponts, "deux")
    work = Restoration.objects.create(space=first, state="running", asked_at=clock.now(), size=1)
    night()
    assert set(LastCopy.objects.filter(taken_at__isnull=False).values_list("space", flat=True)) == {second.pk}
    Restoration.objects.filter(pk=work.pk).update(state="done")

    _half_an_hour_later()
    drain()

    assert LastCopy.objects.get(space=first).taken_at is not None


def test_failing_place_rests_and_is_tried_again_in_the_same_night(trois_ponts, place, shelves):
    spaces = [published(trois_ponts, label) for label in ("un", "deux", "trois")]
    shelves.fail("/copies", "silent")
    night()
    asked = [call for call in shelves.shelves["/copies"].calls if call.startswith("keep")]
    assert len(asked) == 1
    shelves.fail("/copies", None)

    _half_an_hour_later()
    drain()

    assert LastCopy.objects.filter(taken_at__isnull=False).count() == len(spaces)


def _half_an_hour_later():
    """What waits is due, and the place has rested."""
    Job.objects.filter(state="pending").update(due_at=clock.now())
    BackupPlace.objects.update(problem_seen_at=clock.now() - timedelta(minutes=31))


def test_retention_of_the_place_is_mirrored_in_the_rows(site, place):
    BackupPlace.objects.update(keep_daily=1, keep_weekly=0, keep_monthly=0)
    place.refresh_from_db()
    for days in (9, 8):
        operations.copy_space(space=site, places=[place])
        _grow_old(place, days)
    operations.copy_space(space=site, places=[place], thin=True)
    there = {copy.id for copy in stores.current(spec_of(place)).copies(site.public_id)}
    assert set(Backup.objects.filter(dropped_at=None).values_list("copy_id", flat=True)) == there
    assert (len(there), Backup.objects.exclude(dropped_at=None).count()) == (1, 2)


def _grow_old(place, days):
    """What was just kept was kept days ago."""
    row = Backup.objects.latest("pk")
    old = row.taken_at - timedelta(days=days)
    for kept in stores.shelf(place.location).kept[row.space.public_id]:
        if kept.copy.id == row.copy_id:
            kept.copy = replace(kept.copy, taken_at=old)
    Backup.objects.filter(pk=row.pk).update(taken_at=old)


def test_copy_by_hand_pushes_out_no_other(site, place):
    BackupPlace.objects.update(keep_daily=1, keep_weekly=0, keep_monthly=0)
    place.refresh_from_db()
    operations.copy_space(space=site, places=[place], thin=True)
    operations.back_up_space(space=site)
    operations.copy_space(space=site, places=[place], thin=True)
    assert Backup.objects.filter(dropped_at=None).count() == 3


def test_space_left_behind_is_a_line_and_a_failing_place_one_line_alone(trois_ponts, place, staff, shelves):
    spaces = [published(trois_ponts, f"site-{number}") for number in range(7)]
    night()
    assert _lines(staff) == []
    old = clock.now() - timedelta(days=3)
    LastCopy.objects.filter(space=spaces[0]).update(fresh_at=old, problem="the application is silent")
    (line,) = _lines(staff)
    assert (line.url, line.detail) == (f"/desk/spaces/{spaces[0].public_id}/backups/", "the application is silent")

    LastCopy.objects.update(fresh_at=old)
    assert [line.url for line in _lines(staff)] == [f"/desk/backup-places/{place.public_id}/"]

    shelves.fail("/copies", "bad_key")
    with pytest.raises(RefusedOutside):
        operations.back_up_space(space=spaces[0])
    assert [line.kind for line in _lines(staff)] == ["backup_place"]


def test_house_without_any_place_is_told_once(trois_ponts, staff):
    factories.space(trois_ponts, "un", opened_at=clock.now() - timedelta(days=3))
    factories.space(trois_ponts, "deux", opened_at=clock.now() - timedelta(days=4))
    assert [line.url for line in queries.today_lines()] == ["/desk/backup-places/"]


def test_copies_of_spaces_are_read_in_one_query(trois_ponts, place, django_assert_num_queries):
    spaces = [published(trois_ponts, label) for label in ("un", "deux", "trois")]
    operations.back_up_space(space=spaces[0])
    with django_assert_num_queries(1):
        found = queries.copies_of(spaces)
    assert [len(found[space.pk]) for space in spaces] == [1, 0, 0]
    seen = found[spaces[0].pk][0]
    assert (seen.place, seen.ok, seen.last_drill_at) == ("Chez le voisin", True, None)


def test_deletion_takes_the_copies_along_and_the_proof_says_so(site, alice, staff, place):
    operations.back_up_space(space=site)
    operations.back_up_space(space=site)
    closing = _deleted(site, alice, staff)

    assert closing.proof["backups"] == {"dropped": 2, "places": ["Chez le voisin"], "left": []}
    assert proofs.is_ours(closing.proof) is True
    assert stores.current(spec_of(place)).copies(site.public_id) == []
    assert (LastCopy.objects.count(), Backup.objects.filter(dropped_at=None).count()) == (0, 0)


def test_closed_place_that_still_holds_copies_is_in_the_proof(site, alice, staff, place):
    operations.back_up_space(space=site)
    machines_place = BackupPlace.objects.get()
    BackupPlace.objects.update(closed_at=clock.now())
    closing = _deleted(site, alice, staff)
    assert closing.proof["backups"]["left"] == [{"place": machines_place.name, "closed_on": clock.today().isoformat()}]


def test_deletion_waits_for_a_place_that_does_not_answer(site, alice, staff, place, shelves):
    operations.back_up_space(space=site)
    shelves.fail("/copies", "refusing")
    _deleted(site, alice, staff)
    procedure = procedures.of("space", site.public_id)
    site.refresh_from_db()
    assert (procedure.state, site.state) == ("stopped", "closed")
    assert procedure.steps.get(name="drop_copies").problem_code == "copies_left"


def _deleted(site, alice, staff):
    operations.close_space(space=site, by=alice)
    drain()
    Closing.objects.update(delete_after=clock.today())
    operations.confirm_deletion(space=site, by=alice)
    operations.confirm_deletion(space=site, by=staff)
    drain()
    return Closing.objects.get()


def test_rows_of_dropped_and_failed_copies_go_after_a_month(site, place):
    old = clock.now() - timedelta(days=31)
    kept = operations.back_up_space(space=site)
    Backup.objects.create(space=site, place=place, taken_at=old, finished_at=old, problem="x")
    Backup.objects.create(
        space=site, place=place, taken_at=old - timedelta(days=1), finished_at=old, copy_id="a/1", dropped_at=old
    )
    assert operations.purge_backup_rows() == 2
    assert list(Backup.objects.all()) == [kept]


def test_place_added_later_has_two_days_before_it_is_late(trois_ponts, staff):
    space = published(trois_ponts, "un")
    Space.objects.update(opened_at=clock.now() - timedelta(days=300))
    stores.place()
    space.refresh_from_db()
    night()
    LastCopy.objects.update(taken_at=None, fresh_at=BackupPlace.objects.get().created_at)
    assert (_lines(staff), machines.today_lines()) == ([], [])


def test_copy_that_no_row_told_of_goes_with_its_space(site, alice, staff, place):
    """The worker ended after the first copy in a place, before it wrote that down."""
    operations.back_up_space(space=site)
    Backup.objects.update(copy_id="", finished_at=None)
    LastCopy.objects.all().delete()

    closing = _deleted(site, alice, staff)

    assert closing.proof["backups"]["places"] == ["Chez le voisin"]
    assert stores.current(spec_of(place)).copies(site.public_id) == []


def test_space_that_is_being_changed_is_not_copied_at_a_wish(site, staff, place):
    operations.ask_back_up(space=site, by=staff)
    Restoration.objects.create(space=site, state="running", asked_at=clock.now(), size=1)

    with pytest.raises(SpaceUnderWay):
        operations.ask_back_up(space=site, by=staff)
