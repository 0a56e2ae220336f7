# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.procedures.models import Step
from archipel.spaces import copies, operations, queries
from archipel.spaces.models import Drill, LastCopy, Restoration, Space
from archipel.spaces.operations.drilling import CopyGone, choose, scratch_spec
from archipel.spaces.operations.restoring import RestoreUnderWay, SayThatItIsLost
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.refusals import NotOpen
from archipel.spaces.wiring import connector_of
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


@pytest.fixture
def kept(site, alice, place):
    """A site with two versions, copied; afterwards a third one is published."""
    publish(site, alice, b"un")
    publish(site, alice, b"deux")
    backup = operations.back_up_space(space=site)
    publish(site, alice, b"trois")
    return backup


def publish(space, who, content):
    operations.publish_zip(space=space, archive=factories.zip_of({"index.html": content}), person=who)


def shown(space):
    connector = connector_of(space)
    version = connector.online(space.public_id)
    sha256, _ = connector._files(space.public_id, version)["index.html"]
    return connector.store.get(f"spaces/{space.public_id}/blobs/{sha256}")[0]


def hurry():
    """Run what waits, as if its time had come, until nothing does."""
    for _ in range(12):
        Job.objects.filter(state="pending").update(due_at=clock.now())
        Step.objects.update(next_try_at=None)
        if not drain(raise_errors=False):
            return


# Drills


def test_drill_restores_compares_opens_looks_and_leaves_nothing(kept, site, websites):
    working = list(copies.work_root().iterdir())
    before = sorted(websites.store._store._objects)
    drill = operations.start_drill(backup=kept)
    drain()

    drill.refresh_from_db()
    assert (drill.ok, drill.opened, drill.detail) == (True, True, "shows 1 files")
    assert (drill.files, drill.seconds >= 0) == (kept.files - 1, True)
    assert sorted(websites.store._store._objects) == before
    assert list(copies.work_root().iterdir()) == working
    last = LastCopy.objects.get()
    assert (last.drilled_at, last.drill_ok) == (drill.finished_at, True)
    assert queries.copies_of([site])[site.pk][0].last_drill_at == drill.finished_at


def test_damaged_copy_fails_its_drill_and_is_a_line_until_somebody_saw_to_it(kept, staff, shelves):
    shelves.fail("/copies", "damaged")
    drill = operations.start_drill(backup=kept)
    drain()

    drill.refresh_from_db()
    assert (drill.ok, drill.opened, drill.finished_at is None) == (False, False, False)
    (line,) = queries.today_lines()
    assert (line.kind, line.public_id, line.verb) == ("backup", drill.public_id, "operate")
    assert queries.copies_of([kept.space])[kept.space_id][0].ok is False
    operations.see_to_drill(drill=drill, by=staff)
    assert queries.today_lines() == []


def test_copy_with_a_changed_file_fails_by_its_checksum(kept):
    row = stores.shelf("/copies").kept[kept.space.public_id][0]
    name = next(name for name in row.files if name.endswith("content/site/index.html"))
    row.files[name] = (b"autre", *row.files[name][1:])
    drill = operations.start_drill(backup=kept)
    drain()
    drill.refresh_from_db()
    assert (drill.ok, drill.detail) == (False, "content/site/index.html is not what was copied")


@pytest.mark.parametrize("change", ["lacks", "too many"])
def test_copy_that_lacks_a_file_or_has_one_too_many_fails(kept, change):
    files = stores.shelf("/copies").kept[kept.space.public_id][0].files
    if change == "lacks":
        del files["content/site/index.html"]
    else:
        files["content/site/x.html"] = (b"x", 0o600, 0.0)
    drill = operations.start_drill(backup=kept)
    drain()
    drill.refresh_from_db()
    assert (drill.ok, drill.files) == (False, 0)


def test_application_that_refuses_the_copy_fails_the_drill_and_is_cleared_away(kept, websites):
    objects = dict(websites.store._store._objects)
    row = stores.shelf("/copies").kept[kept.space.public_id][0]
    for name in [name for name in row.files if name.startswith("content/") and name.endswith(".json")]:
        row.files[name] = (b"{}", *row.files[name][1:])
    drill = operations.start_drill(backup=kept)
    hurry()
    drill.refresh_from_db()
    assert drill.ok is False
    assert set(websites.store._store._objects) == set(objects)


def test_silent_place_is_waited_for_then_fails_the_drill(kept, shelves):
    shelves.fail("/copies", "silent")
    drill = operations.start_drill(backup=kept)
    hurry()
    drill.refresh_from_db()
    assert (drill.ok, drill.detail) == (False, "the place does not answer (ordered)")
    assert procedures.of("drill", drill.public_id).state == "done"


def test_drill_that_is_given_up_leaves_no_scratch_space_and_says_nothing_of_the_copy(client, kept, staff, websites):
    before = sorted(websites.store._store._objects)
    drill = operations.start_drill(backup=kept)
    operations.bring_back(drill=drill)
    operations.try_out(drill=drill)
    assert sorted(websites.store._store._objects) != before
    procedure_operations.cancel(procedure=procedures.of("drill", drill.public_id), by=staff)
    drain()

    drill.refresh_from_db()
    assert sorted(websites.store._store._objects) == before
    assert not (copies.work_root() / drill.public_id).exists()
    assert (drill.ok, drill.finished_at is None, LastCopy.objects.get().drilled_at) == (None, False, None)
    client.force_login(staff)
    for name, args in (("desk-space-backups", [drill.backup.space.public_id]), ("desk-drills", [])):
        assert 'class="badge">Abandonné<' in client.get(reverse(name, args=args)).text


def test_dropped_copy_and_closed_place_are_not_drilled(kept):
    kept.dropped_at = clock.now()
    with pytest.raises(CopyGone):
        operations.start_drill(backup=kept)
    assert Drill.objects.count() == 0


def test_week_has_one_drill_and_chance_is_the_same_for_the_same_week(trois_ponts, place):
    for number in range(5):
        operations.back_up_space(space=factories.open_site(trois_ponts, f"site-{number}", title=f"site {number}"))
    chosen = {choose(week="2026-48").pk for _ in range(3)}
    others = {choose(week=f"2026-{week}").pk for week in range(1, 40)}
    assert (len(chosen), len(others)) == (1, 5)

    first = operations.drill_weekly()
    assert operations.drill_weekly() is None
    Drill.objects.update(at=clock.now() - timedelta(days=8))
    assert (operations.drill_weekly().backup_id, Drill.objects.count()) == (first.backup_id, 2)


def test_each_space_has_its_turn(trois_ponts, place):
    for number in range(4):
        operations.back_up_space(space=factories.open_site(trois_ponts, f"site-{number}", title=f"site {number}"))
    tried = []
    for week in range(4):
        drill = operations.drill_weekly()
        drain()
        tried.append(drill.backup.space_id)
        Drill.objects.update(at=clock.now() - timedelta(days=8 * (week + 1)))
    assert sorted(tried) == sorted(Space.objects.values_list("pk", flat=True))


def test_nothing_to_drill_is_no_drill(host):
    assert operations.drill_weekly() is None


def test_scratch_space_leads_nowhere_and_has_secrets_of_its_own(site, settings):
    spec = scratch_spec(space=site, scratch_id="abcdefghjkmnpq")
    assert (spec.address, spec.quota, spec.container) == ("abcdefghjkmnpq.invalid", None, None)


# Restoring


def test_space_becomes_again_what_it_was_and_what_was_there_is_copied_first(kept, site, staff):
    operations.ask_restore(backup=kept, by=staff, understood=True)
    drain()

    assert shown(site) == b"deux"
    site.refresh_from_db()
    assert site.publications.get(state="online").number == 2
    assert site.publications.get(number=3).kept is False
    undo = site.backups.order_by("-taken_at").first()
    assert undo.pk != kept.pk
    operations.ask_restore(backup=undo, by=staff, understood=True)
    drain()
    assert shown(site) == b"trois"


def test_lost_space_is_opened_again_and_filled(kept, site, staff, websites):
    websites.close(site.public_id)
    operations.ask_restore(backup=kept, by=staff, understood=True)
    hurry()
    assert shown(site) == b"deux"
    assert procedures.of("space", site.public_id).steps.get(name="keep_present").result["kept"] == ""


def test_nothing_is_written_while_a_space_is_restored(blog, blogs, place, staff):
    """What somebody wrote after the copy of what is there would be lost without one."""
    backup = operations.back_up_space(space=blog)
    blogs.fault = ("silent", "restore")
    procedure = operations.ask_restore(backup=backup, by=staff, understood=True)
    drain(raise_errors=False)
    assert blogs.stack(blog.public_id)["effect"] == "read_only"

    blogs.fault = None
    hurry()
    assert (blogs.stack(blog.public_id)["effect"], blog.holds.filter(lifted_at=None).count()) == ("", 0)
    assert procedures.of("space", blog.public_id).state == "done"

    blogs.fault = ("silent", "restore")
    procedure = operations.ask_restore(backup=backup, by=staff, understood=True)
    drain(raise_errors=False)
    procedure_operations.cancel(procedure=procedure, by=staff)
    blogs.fault = None
    hurry()
    assert blogs.stack(blog.public_id)["effect"] == ""


def test_restore_needs_that_one_knows_and_goes_once_at_a_time(kept, staff):
    with pytest.raises(SayThatItIsLost):
        operations.ask_restore(backup=kept, by=staff, understood=False)
    operations.ask_restore(backup=kept, by=staff, understood=True)
    with pytest.raises(RestoreUnderWay):
        operations.ask_restore(backup=kept, by=staff, understood=True)
    assert procedures.of("space", kept.space.public_id).kind == "spaces.restore_backup"


def test_restore_waits_for_a_bundle_and_for_a_space_that_is_closed_meanwhile(kept, site, alice, staff):
    row = Restoration.objects.create(
        public_id="b" * 14, space=site, state="waiting", asked_by=alice, asked_at=clock.now(), size=1, origin={},
    )  # fmt: skip
    with pytest.raises(SpaceUnderWay):
        operations.ask_restore(backup=kept, by=staff, understood=True)
    row.delete()
    stale = type(kept).objects.select_related("space", "place").get(pk=kept.pk)
    Space.objects.filter(pk=site.pk).update(state="closing")
    with pytest.raises(NotOpen):
        operations.ask_restore(backup=stale, by=staff, understood=True)


def test_damaged_copy_stops_the_restore_and_the_space_stays_as_it_is(kept, site, staff, shelves):
    operations.ask_restore(backup=kept, by=staff, understood=True)
    shelves.fail("/copies", "damaged")
    hurry()
    assert procedures.of("space", site.public_id).state == "stopped"
    assert shown(site) == b"trois"


def test_hold_still_applies_after_a_restore(kept, site, staff, websites):
    operations.place_hold(space=site, kind="abuse", effect="suspended", reason="Notice", by=staff)
    drain()
    operations.ask_restore(backup=kept, by=staff, understood=True)
    hurry()
    with pytest.raises(RefusedOutside):
        websites.restore_version(site.public_id, websites.versions(site.public_id)[-1].version_id)


# Pages


def test_restore_page_says_the_age_and_asks_who_one_is(client, staff, kept, site):
    client.force_login(staff)
    page = reverse("desk-space-restore-backup", args=[site.public_id, kept.public_id])
    assert client.get(page)["Location"].startswith("/account/reauthenticate/")
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSPHRASE})

    words = client.get(page).content.decode()
    assert "Tout ce qui a été écrit depuis" in words
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"understood": "on"})["Location"] == reverse("desk-space-backups", args=[site.public_id])
    drain()
    assert shown(site) == b"deux"


def test_desk_backs_up_tries_and_sees_to_drills(client, staff, kept, site, shelves):
    client.force_login(staff)
    page = reverse("desk-space-backups", args=[site.public_id])
    client.post(reverse("desk-space-back-up", args=[site.public_id]))
    shelves.fail("/copies", "damaged")
    client.post(reverse("desk-space-drill", args=[site.public_id, kept.public_id]))
    drain()
    drill = Drill.objects.get()
    assert (site.backups.count(), drill.ok) == (2, False)
    assert reverse("desk-space-drill-seen", args=[site.public_id, drill.public_id]) in client.get(page).content.decode()
    client.post(reverse("desk-space-drill-seen", args=[site.public_id, drill.public_id]))
    drill.refresh_from_db()
    assert drill.seen_at is not None
    assert client.get(reverse("desk-drills")).status_code == 200


def test_desk_offers_to_declare_a_place_where_there_is_none_and_to_copy_where_there_is(client, staff, site, shelves):
    client.force_login(staff)
    page, copy = (reverse(f"desk-space-{name}", args=[site.public_id]) for name in ("backups", "back-up"))
    declare = reverse("desk-backup-place-new")

    def offered():
        words = client.get(page).content.decode()
        return [address for address in (declare, copy) if f'"{address}"' in words]

    assert offered() == [declare]
    stores.place()
    assert offered() == [copy]


def test_people_of_the_space_read_when_it_was_copied_and_tried(client, alice, kept, site):
    client.force_login(alice)
    page = reverse("space", args=[site.public_id])
    assert "à un endroit" in client.get(page).content.decode()
    operations.start_drill(backup=kept)
    drain()
    assert "elle était bonne" in client.get(page).content.decode()


def test_lists_cost_as_many_queries_with_three_rows_as_with_one(client, staff, kept, site):
    client.force_login(staff)
    counts = []
    for _ in range(3):
        operations.start_drill(backup=operations.back_up_space(space=site))
        drain()
        for page in (reverse("desk-drills"), reverse("desk-space-backups", args=[site.public_id])):
            with CaptureQueriesContext(connection) as seen:
                client.get(page)
            counts.append(len(seen))
    assert (counts[2], counts[3]) == (counts[4], counts[5])
