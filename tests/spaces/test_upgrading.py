# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.history.models import Entry as HistoryEntry
from archipel.identity.models import Entry
from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import operations, queries
from archipel.spaces.files import kept_folder
from archipel.spaces.models import Hold, Space, Upgrade, UpgradeRound
from archipel.spaces.operations import keeping
from archipel.spaces.operations.upgrading import NothingToUpgrade, RoundUnderWay, UnknownVersion
from archipel.spaces.operations.working import SpaceUnderWay
from tests import factories
from tests.spaces.working import to_the_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(blogs, host, trois_ponts):
    """The open blog of Alice and Bob, in a version that is no longer the newest."""
    return old_blog(blogs, trois_ponts)


def old_blog(blogs, organisation, label="blog-des-ponts"):
    blogs.known = ["1.0", "1.1"]
    blog = factories.open_blog(organisation, label)
    blogs.known = ["1.0", "1.1", "2.0"]
    operations.read_application(name="blogs")
    blogs.write(blog.public_id, f"Premier billet de {label}")
    return blog


def test_space_is_upgraded_and_keeps_what_it_held(old, blogs, staff):
    operations.ask_upgrade(space=old, by=staff)
    drain()

    old.refresh_from_db()
    upgrade = Upgrade.objects.get()
    assert (upgrade.state, old.version, blogs.stack(old.public_id)["version"]) == ("done", "2.0", "2.0")
    assert blogs.posts(old.public_id) == ["Premier billet de blog-des-ponts"]
    assert (blogs.stack(old.public_id)["effect"], Hold.objects.filter(lifted_at=None).count()) == ("", 0)
    assert not kept_folder(procedures.of("space", old.public_id).public_id).exists()
    assert Email.objects.count() == 0


def test_people_stay_signed_in_and_read_while_it_is_upgraded(old, blogs, staff, bob):
    blogs.fault = ("silent", "upgrade")
    operations.ask_upgrade(space=old, by=staff)
    drain(raise_errors=False)

    assert blogs.stack(old.public_id)["effect"] == "read_only"
    assert Entry.objects.filter(person=bob).exists()


def test_version_that_does_not_answer_returns_by_itself_with_all_that_was_there(old, blogs, staff, alice):
    blogs.broken = {"2.0"}
    operations.ask_upgrade(space=old, by=staff)
    to_the_end()

    old.refresh_from_db()
    upgrade = Upgrade.objects.get()
    assert (upgrade.state, upgrade.reason) == ("returned", "Error establishing a database connection")
    assert (old.version, blogs.stack(old.public_id)["version"]) == ("1.1", "1.1")
    assert blogs.health(old.public_id).ok
    assert blogs.posts(old.public_id) == ["Premier billet de blog-des-ponts"]
    assert blogs.stack(old.public_id)["effect"] == ""
    assert Email.objects.get(name="spaces/upgrade_returned").to_address == alice.email
    assert [(line.kind, line.public_id) for line in queries.today_lines()] == [("upgrade", upgrade.public_id)]


def test_image_that_is_missing_returns_at_once(old, blogs, staff):
    blogs.fault = ("no_image", "upgrade")
    operations.ask_upgrade(space=old, by=staff)
    drain()

    assert (Upgrade.objects.get().state, blogs.stack(old.public_id)["version"]) == ("returned", "1.1")


def test_what_was_kept_stays_as_long_as_its_procedure_waits_for_a_human(old, blogs, staff):
    """It may be all that is left of the space."""
    blogs.fault = ("silent", "upgrade")
    operations.ask_upgrade(space=old, by=staff)
    drain(raise_errors=False)
    procedure = procedures.of("space", old.public_id)
    assert kept_folder(procedure.public_id).exists()
    given_up = kept_folder("givenup")
    given_up.mkdir()
    type(procedure).objects.filter(pk=procedure.pk).update(state="stopped", finished_at=None)
    clock.move_forward(timedelta(days=30))
    assert keeping.purge_kept() >= 1
    assert (kept_folder(procedure.public_id).exists(), given_up.exists()) == (True, False)


def test_return_leaves_today_once_somebody_took_note(old, blogs, staff):
    blogs.fault = ("no_image", "upgrade")
    operations.ask_upgrade(space=old, by=staff)
    drain()

    operations.note_return_seen(upgrade=Upgrade.objects.get(), by=staff)
    operations.note_return_seen(upgrade=Upgrade.objects.get(), by=staff)

    assert queries.today_lines() == []
    assert HistoryEntry.objects.filter(what="space.upgrade_return_seen").count() == 1


def test_nothing_is_changed_when_nothing_can_be_kept_aside(old, blogs, staff):
    blogs.fault = ("silent", "export")
    operations.ask_upgrade(space=old, by=staff)
    to_the_end()

    assert procedures.of("space", old.public_id).state == "stopped"
    assert blogs.stack(old.public_id)["version"] == "1.1"

    procedure_operations.cancel(procedure=procedures.of("space", old.public_id), by=staff)
    blogs.fault = None
    drain()

    assert (Upgrade.objects.get().state, Hold.objects.filter(lifted_at=None).count()) == ("given_up", 0)
    assert blogs.stack(old.public_id)["effect"] == ""


@pytest.mark.parametrize(
    ("version", "refusal"), [("1.0", UnknownVersion), ("9.9", UnknownVersion), ("1.1", NothingToUpgrade)]
)
def test_only_a_newer_version_is_taken(old, staff, version, refusal):
    with pytest.raises(refusal):
        operations.ask_upgrade(space=old, by=staff, to_version=version)


def test_one_thing_at_a_time(old, staff):
    operations.ask_upgrade(space=old, by=staff)

    with pytest.raises(SpaceUnderWay):
        operations.ask_upgrade(space=old, by=staff)


def test_round_upgrades_some_at_a_time_until_all_are_done(old, blogs, trois_ponts, staff):
    others = [old_blog(blogs, trois_ponts, f"blog-{number}") for number in range(3)]
    operations.upgrade_all(service=old.service, by=staff, at_once=2)
    assert Upgrade.objects.filter(state="running").count() == 2

    drain()

    assert list(Space.objects.values_list("version", flat=True)) == ["2.0"] * 4
    made = UpgradeRound.objects.get()
    assert (made.ended_at is not None, made.stopped_at, len(others)) == (True, None, 3)
    with pytest.raises(NothingToUpgrade):
        operations.upgrade_all(service=old.service, by=staff)


def test_round_stops_at_the_first_that_returns(old, blogs, trois_ponts, staff):
    for number in range(3):
        old_blog(blogs, trois_ponts, f"blog-{number}")
    blogs.broken = {"2.0"}
    operations.upgrade_all(service=old.service, by=staff, at_once=1)
    with pytest.raises(RoundUnderWay):
        operations.upgrade_all(service=old.service, by=staff)

    to_the_end()

    assert list(Upgrade.objects.values_list("state", flat=True)) == ["returned"]
    assert UpgradeRound.objects.get().stopped_at is not None
    assert set(Space.objects.values_list("version", flat=True)) == {"1.1"}


def test_space_that_was_busy_is_upgraded_at_the_end_of_the_round(old, blogs, staff):
    blogs.fault = ("silent", "export")
    operations.ask_upgrade(space=old, by=staff)
    drain(raise_errors=False)
    made = operations.upgrade_all(service=old.service, by=staff)
    assert made.upgrades.count() == 0
    procedure_operations.cancel(procedure=procedures.of("space", old.public_id), by=staff)
    blogs.fault = None
    drain()

    operations.go_on_with_rounds()
    drain()

    old.refresh_from_db()
    assert old.version == "2.0"


def test_round_leaves_what_is_newer_already_and_ends(old, blogs, trois_ponts, staff):
    """Somebody upgrades one space by hand, to a version that the recipe learnt after the round began."""
    other = old_blog(blogs, trois_ponts, "phare")
    round = operations.upgrade_all(service=old.service, by=staff, at_once=1)
    blogs.known = ["1.0", "1.1", "2.0", "2.1"]
    operations.read_application(name="blogs")
    Space.objects.filter(pk=other.pk).update(version="2.1")
    drain(raise_errors=False)

    assert sorted(Space.objects.values_list("version", flat=True)) == ["2.0", "2.1"]
    assert (UpgradeRound.objects.get(pk=round.pk).ended_at is None, Hold.objects.filter(lifted_at=None).count()) == (
        False,
        0,
    )


def test_round_to_a_version_that_the_recipe_dropped_ends(old, blogs, trois_ponts, staff):
    old_blog(blogs, trois_ponts, "phare")
    round = operations.upgrade_all(service=old.service, by=staff, at_once=1)
    blogs.known = ["1.0", "1.1", "2.1"]
    operations.read_application(name="blogs")
    drain(raise_errors=False)

    assert UpgradeRound.objects.get(pk=round.pk).ended_at is not None
    assert (Upgrade.objects.get().state, Hold.objects.filter(lifted_at=None).count()) == ("done", 0)
