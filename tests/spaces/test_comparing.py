# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.identity.models import Entry
from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.outbox.worker import drain
from archipel.procedures.models import Procedure
from archipel.spaces import operations, queries
from archipel.spaces.drifts import can_adopt, sides_of
from archipel.spaces.models import Space, SpaceDrift, SpaceRole
from archipel.spaces.operations.comparing import NotToAdopt, SpaceDriftIsOver
from tests import factories

pytestmark = pytest.mark.django_db


def compared(space):
    """Look at a space as the night does, and return what differs."""
    row = operations.compare_space(space=Space.objects.select_related("organisation", "machine").get(pk=space.pk))
    return None if row is None else (row.missing, set(row.differences))


def test_space_that_runs_as_it_should_stands_nowhere(blog):
    assert compared(blog) is None
    assert queries.today_lines() == []


@pytest.mark.parametrize(
    ("spoilt", "differs"),
    [
        ({"version": "1.1"}, "version"),
        ({"put": "other"}, "stack"),
        ({"quota": 3}, "quota"),
        ({"effect": "suspended"}, "hold"),
        ({"people": {}}, "people"),
    ],
)
def test_what_somebody_changed_is_seen_told_and_repaired(blog, blogs, staff, spoilt, differs):
    right = blogs.stack(blog.public_id)
    blogs.spoil(blog.public_id, **spoilt)

    assert compared(blog) == (False, {differs})
    assert [(line.kind, line.url) for line in queries.today_lines()] == [
        ("drift", f"/desk/spaces/{blog.public_id}/drift/")
    ]
    assert all((side.here and side.there) or differs == "people" for side in sides_of(SpaceDrift.objects.get()))
    operations.repair_space(drift=SpaceDrift.objects.get(), by=staff)
    assert queries.today_lines() == []
    drain()

    assert (SpaceDrift.objects.count(), blogs.stack(blog.public_id)) == (0, right)


def test_stack_that_is_gone_is_put_again_on_the_volumes_that_are_left(blog, blogs, staff):
    blogs.write(blog.public_id, "Premier billet")
    blogs.remove(blog.public_id)
    assert compared(blog) == (True, set())

    operations.repair_space(drift=SpaceDrift.objects.get(), by=staff)
    drain()

    assert blogs.posts(blog.public_id) == ["Premier billet"]
    assert SpaceDrift.objects.count() == 0


def test_drift_seen_again_keeps_its_first_day(blog, blogs):
    blogs.spoil(blog.public_id, quota=3)
    compared(blog)
    since = SpaceDrift.objects.get().since

    compared(blog)

    assert SpaceDrift.objects.get().since == since


def test_repair_that_is_refused_goes_back_to_today_with_the_reason(blog, blogs, staff):
    blogs.spoil(blog.public_id, quota=3)
    compared(blog)
    blogs.fault = ("no_image", "open")
    operations.repair_space(drift=SpaceDrift.objects.get(), by=staff)
    drain(raise_errors=False)

    assert [line.detail for line in queries.today_lines()] == ["the engine refuses (ordered)"]


def test_version_machine_and_room_are_adopted(blog, blogs, staff):
    place = Machine.objects.create(name="ancre", node_id="node-ancre", created_at=clock.now())
    other = Machine.objects.create(name="bouee", node_id="node-bouee", created_at=clock.now())
    Space.objects.filter(pk=blog.pk).update(machine=place)
    blogs.spoil(blog.public_id, version="1.1", machine="node-bouee", quota=7)
    assert compared(blog) == (False, {"version", "machine", "quota"})

    operations.adopt_space(drift=SpaceDrift.objects.get(), by=staff)

    blog.refresh_from_db()
    assert (blog.version, blog.machine, blog.quota_bytes, SpaceDrift.objects.count()) == ("1.1", other, 7, 0)


def test_stack_that_runs_elsewhere_while_its_machine_is_lost_is_not_adopted(blog, blogs, staff):
    """It holds nothing of what was there: it is opened from a copy instead."""
    here, there = factories.machine("ancre"), factories.machine("bouee")
    Space.objects.filter(pk=blog.pk).update(machine=here)
    Machine.objects.filter(pk=here.pk).update(silent_since=clock.now(), lost_at=clock.now())
    drift = SpaceDrift(
        space=Space.objects.get(pk=blog.pk), differences={"machine": {"here": [here.node_id], "there": [there.node_id]}}
    )
    assert not can_adopt(drift)
    Machine.objects.filter(pk=here.pk).update(silent_since=None, lost_at=None)
    drift.space = Space.objects.get(pk=blog.pk)
    assert can_adopt(drift)


def test_role_that_somebody_set_there_is_adopted_with_its_entry(blog, blogs, alice, bob, staff):
    blogs.spoil(blog.public_id, people={alice.public_id: "referent", bob.public_id: "author"})
    compared(blog)

    operations.adopt_space(drift=SpaceDrift.objects.get(), by=staff)

    assert SpaceRole.objects.get(space=blog).role == "author"
    assert Entry.objects.get(person=bob).roles == ["author"]


def test_stranger_who_was_let_in_there_is_not_adopted(blog, blogs, alice, charlie, staff):
    blogs.spoil(blog.public_id, people={alice.public_id: "referent", charlie.public_id: "referent"})
    compared(blog)

    with pytest.raises(NotToAdopt):
        operations.adopt_space(drift=SpaceDrift.objects.get(), by=staff)


def test_what_was_settled_meanwhile_is_said(blog, blogs, staff):
    blogs.spoil(blog.public_id, quota=3)
    compared(blog)
    row = SpaceDrift.objects.get()
    SpaceDrift.objects.all().delete()

    with pytest.raises(SpaceDriftIsOver):
        operations.repair_space(drift=row, by=staff)


def test_application_that_is_silent_says_nothing(blog, blogs):
    blogs.fault = ("silent", "running")

    assert compared(blog) is None


def test_space_that_is_being_upgraded_is_left_alone(blog, blogs, staff):
    blogs.known = ["1.0", "1.1", "2.0", "3.0"]
    operations.read_application(name="blogs")
    operations.ask_upgrade(space=blog, by=staff)
    blogs.spoil(blog.public_id, version="3.0")

    assert compared(blog) is None


def test_night_looks_at_every_space_in_containers_and_at_no_website(blog, blogs, site, trois_ponts):
    other = factories.open_blog(trois_ponts, "autre")
    blogs.spoil(other.public_id, quota=3)

    assert operations.compare_all() == 2
    assert SpaceDrift.objects.get().space == other


def test_look_again_is_done_by_the_worker(blog, blogs, staff):
    blogs.spoil(blog.public_id, quota=3)
    operations.ask_comparison(space=blog, by=staff)
    assert SpaceDrift.objects.count() == 0

    drain()

    assert SpaceDrift.objects.get().space == blog


def test_repair_is_left_when_something_else_began_meanwhile(blog, blogs, staff):
    """The stack of our tables is of before an upgrade: put in the middle of it, it would undo half of it."""
    blogs.known = ["1.0", "1.1", "2.0"]
    blogs.spoil(blog.public_id, quota=3)
    compared(blog)
    operations.repair_space(drift=SpaceDrift.objects.get(), by=staff)
    Procedure.objects.create(
        kind="spaces.upgrade", about_kind="space", about_id=blog.public_id, title="x", state="running",
        state_since=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    blogs.calls.clear()

    operations.put_right(drift=SpaceDrift.objects.get())

    assert blogs.calls == []
    assert SpaceDrift.objects.get().repair_asked_at is None
