# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
import zipfile
from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.machines import operations as machines
from archipel.machines.models import Machine
from archipel.machines.operations.draining import MachineNotEmpty
from archipel.machines.ports import MachineSeen
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import operations
from archipel.spaces.files import export_path
from archipel.spaces.models import Hold, LeftBehind, Space
from archipel.spaces.operations.moving import MachineAnswers, NothingToReopen, SameMachine
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.queries import routing
from archipel.spaces.queries.machines import SpacesHere
from tests import factories
from tests.spaces import bundles
from tests.spaces.working import to_the_end

pytestmark = pytest.mark.django_db


def machine(name, **changes):
    values = {"node_id": f"node-{name}", "memory_bytes": 8 * 2**30, "created_at": clock.now()} | changes
    values |= {"silent_since": values["lost_at"]} if values.get("lost_at") else {}
    return Machine.objects.create(name=name, **values)


@pytest.fixture
def here(host):
    return machine("ancre")


@pytest.fixture
def there(here):
    return machine("bouee")


@pytest.fixture
def moored(here, trois_ponts, blogs):
    """A blog on one machine, with something written in it."""
    blog = factories.open_blog(trois_ponts, machine=here)
    blogs.write(blog.public_id, "Premier billet")
    return blog


def test_space_moves_with_all_it_holds_and_leaves_nothing_behind(moored, blogs, there, staff):
    operations.ask_move(space=moored, by=staff, to=there)
    drain()

    moored.refresh_from_db()
    stack = blogs.stack(moored.public_id)
    assert (moored.machine, stack["machine"], list(stack["volumes"])) == (there, "node-bouee", ["node-bouee"])
    assert (blogs.posts(moored.public_id), stack["effect"]) == (["Premier billet"], "")
    assert Hold.objects.filter(lifted_at=None).count() == 0
    assert Email.objects.count() == 0


def test_another_machine_is_chosen_when_none_is_said(moored, there, staff):
    operations.ask_move(space=moored, by=staff)
    drain()

    moored.refresh_from_db()
    assert moored.machine == there


def test_former_volumes_stay_until_it_answers_elsewhere(moored, blogs, there, staff):
    blogs.fault = ("silent", "restore")
    operations.ask_move(space=moored, by=staff, to=there)
    drain(raise_errors=False)

    assert sorted(blogs.stack(moored.public_id)["volumes"]) == ["node-ancre", "node-bouee"]


def test_visitors_read_that_it_is_worked_on_while_its_containers_hold_nothing(moored, blogs, there, staff):
    blogs.fault = ("silent", "restore")
    operations.ask_move(space=moored, by=staff, to=there)
    drain(raise_errors=False)
    (route,) = routing.routes_of(moored.public_id)
    assert (route.notice.cause, route.upstreams, blogs.stack(moored.public_id)["effect"]) == (
        "maintenance",
        (),
        "read_only",
    )

    blogs.fault = None
    to_the_end()
    (route,) = routing.routes_of(moored.public_id)
    assert (route.notice, len(route.upstreams)) == (None, 1)


def test_nobody_sees_a_space_of_a_lost_machine_before_it_is_filled(moored, blogs, here, there):
    bundles.taken_away(moored)
    blogs.lost = {"node-ancre"}
    Machine.objects.filter(pk=here.pk).update(lost_at=clock.now(), silent_since=clock.now())
    blogs.fault = ("silent", "restore")
    operations.reopen_elsewhere(space=moored)
    drain(raise_errors=False)
    (route,) = routing.routes_of(moored.public_id)
    assert route.notice.cause == "maintenance"

    blogs.fault = None
    to_the_end()
    (route,) = routing.routes_of(moored.public_id)
    assert (route.notice, Hold.objects.filter(lifted_at=None).count()) == (None, 0)
    assert blogs.stack(moored.public_id)["effect"] == ""


def test_move_that_fails_leaves_the_space_where_it_was(moored, blogs, here, there, staff):
    blogs.fault = ("silent", "restore")
    operations.ask_move(space=moored, by=staff, to=there)
    to_the_end()

    moored.refresh_from_db()
    assert (moored.machine, blogs.stack(moored.public_id)["machine"]) == (here, "node-ancre")
    assert (blogs.posts(moored.public_id), blogs.stack(moored.public_id)["effect"]) == (["Premier billet"], "")
    assert procedures.of("space", moored.public_id).state == "done"
    assert moored.going_to is None


def test_machine_that_refuses_leaves_the_space_where_it_was(moored, blogs, here, there, staff):
    blogs.lost = {"node-bouee"}
    operations.ask_move(space=moored, by=staff, to=there)
    drain()

    moored.refresh_from_db()
    assert (moored.machine, blogs.posts(moored.public_id)) == (here, ["Premier billet"])


def test_space_of_a_lost_machine_is_opened_elsewhere_and_the_age_of_its_data_is_said(moored, blogs, here, there, alice):
    bundles.taken_away(moored)
    taken = moored.exports.get().asked_at
    blogs.write(moored.public_id, "Écrit après la copie")
    clock.move_forward(timedelta(days=1))
    blogs.lost = {"node-ancre"}
    Machine.objects.filter(pk=here.pk).update(lost_at=clock.now(), silent_since=clock.now())
    Email.objects.all().delete()

    assert operations.reopen_spaces_of(machine_id=here.public_id) == 1
    with pytest.raises(NothingToReopen):
        operations.reopen_spaces_of(machine_id=here.public_id)
    drain()

    moored.refresh_from_db()
    assert (moored.machine, blogs.posts(moored.public_id)) == (there, ["Premier billet"])
    people = blogs.stack(moored.public_id)["people"]
    assert people[alice.public_id] == "referent"
    mail = Email.objects.get(name="spaces/reopened")
    assert mail.to_address == alice.email
    results = procedures.progress(procedures.of("space", moored.public_id)).steps
    assert next(step.result for step in results if step.name == "keep_content") == {"data_of": taken.isoformat()}


def test_lost_space_without_a_copy_waits_for_a_human(moored, blogs, here, there):
    blogs.lost = {"node-ancre"}
    Machine.objects.filter(pk=here.pk).update(lost_at=clock.now(), silent_since=clock.now())

    operations.reopen_elsewhere(space=moored)
    drain(raise_errors=False)

    progress = procedures.progress(procedures.of("space", moored.public_id))
    assert (progress.state, bool(progress.problem)) == ("stopped", True)
    assert "node-bouee" not in blogs.stack(moored.public_id)["volumes"]


def test_machine_that_takes_no_space_is_not_moved_to(moored, here, staff):
    for other in (
        here,
        machine("en-travaux", draining=True),
        machine("perdue", lost_at=clock.now()),
        machine("declaree", node_id=""),
    ):
        with pytest.raises(SameMachine):
            operations.ask_move(space=moored, by=staff, to=other)


def test_move_that_is_given_up_lets_people_write_again(moored, blogs, there, staff):
    blogs.fault = ("silent", "export")
    operations.ask_move(space=moored, by=staff, to=there)
    drain(raise_errors=False)
    procedure_operations.cancel(procedure=procedures.of("space", moored.public_id), by=staff)
    blogs.fault = None
    assert Space.objects.get(pk=moored.pk).going_to == there

    drain()

    assert Space.objects.get(pk=moored.pk).going_to is None
    assert (Hold.objects.filter(lifted_at=None).count(), blogs.stack(moored.public_id)["effect"]) == (0, "")


def seen(*rows):
    """What the engine says of machines: a name, and whether it answers."""
    machines.take_in(
        seen=[
            MachineSeen(f"node-{name}", name, True, False, answers, "active", "192.168.77.1", 2.0, 8 * 2**30)
            for name, answers in rows
        ],
        at=clock.now(),
    )


def lose(blogs, *others):
    """Let the machine *ancre* be silent for longer than the host allows."""
    seen(("ancre", False), *others)
    clock.move_forward(timedelta(minutes=10))
    seen(("ancre", False), *others)
    blogs.lost = {"node-ancre"}
    drain()


def come_back(blogs, *others):
    blogs.lost = set()
    seen(("ancre", True), *others)
    drain()


def test_spaces_of_a_lost_machine_are_shared_out_by_the_room_that_is_left(moored, blogs, here, trois_ponts):
    others = [factories.open_blog(trois_ponts, f"phare-{number}", machine=here) for number in range(3)]
    small = [machine(name, memory_bytes=2**30) for name in ("bouee", "cap")]
    for space in (moored, *others):
        bundles.taken_away(space)
    lose(blogs, ("bouee", True), ("cap", True))
    for one in small:
        Machine.objects.filter(pk=one.pk).update(memory_bytes=2**30)
    blogs.fault = ("silent", "restore")

    operations.reopen_spaces_of(machine_id=here.public_id)
    drain(raise_errors=False)
    assert sorted(SpacesHere().loads()[one.public_id].spaces for one in small) == [2, 2]
    with pytest.raises(MachineNotEmpty):
        machines.retire_machine(machine=small[0], by=None)

    blogs.fault = None
    to_the_end()
    assert sorted(SpacesHere().loads()[one.public_id].spaces for one in small) == [2, 2]
    assert Space.objects.filter(going_to__isnull=False).count() == 0


def test_machine_that_was_retired_before_the_move_began_is_not_moved_to(moored, blogs, here, there, staff):
    operations.ask_move(space=moored, by=staff, to=there)
    Machine.objects.filter(pk=there.pk).update(retired_at=clock.now(), node_id="")
    drain(raise_errors=False)
    assert procedures.progress(procedures.of("space", moored.public_id)).state == "stopped"
    assert blogs.stack(moored.public_id)["machine"] == "node-ancre"


def test_machine_that_comes_back_before_anybody_decided_changes_nothing(moored, blogs, here, there):
    bundles.taken_away(moored)
    blogs.write(moored.public_id, "Écrit après la copie")
    lose(blogs, ("bouee", True))
    here.refresh_from_db()
    assert here.lost_at is not None
    assert procedures.of("space", moored.public_id, kind=operations.MOVING) is None

    come_back(blogs, ("bouee", True))

    moored.refresh_from_db()
    assert (moored.machine, blogs.posts(moored.public_id)) == (here, ["Premier billet", "Écrit après la copie"])
    assert procedures.of("space", moored.public_id, kind=operations.MOVING) is None
    assert (LeftBehind.objects.count(), blogs.calls.count("leave")) == (0, 0)


def test_what_a_space_left_on_a_lost_machine_is_dropped_when_it_is_back(moored, blogs, here, there, staff):
    bundles.taken_away(moored)
    lose(blogs, ("bouee", True))
    operations.reopen_elsewhere(space=moored, by=staff)
    drain()
    left = LeftBehind.objects.get()
    assert (left.space, left.machine, left.dropped_at) == (moored, here, None)
    assert sorted(blogs.stack(moored.public_id)["volumes"]) == ["node-ancre", "node-bouee"]

    come_back(blogs, ("bouee", True))
    come_back(blogs, ("bouee", True))

    left.refresh_from_db()
    assert left.dropped_at is not None
    assert list(blogs.stack(moored.public_id)["volumes"]) == ["node-bouee"]
    assert blogs.posts(moored.public_id) == ["Premier billet"]


def test_machine_that_comes_back_while_a_space_is_reopened_is_left_at_the_end(moored, blogs, here, there):
    bundles.taken_away(moored)
    lose(blogs, ("bouee", True))
    blogs.fault = ("silent", "restore")
    operations.reopen_elsewhere(space=moored)
    drain(raise_errors=False)
    come_back(blogs, ("bouee", True))
    assert "node-ancre" in blogs.stack(moored.public_id)["volumes"]
    blogs.fault = None
    to_the_end()

    moored.refresh_from_db()
    assert (moored.machine, list(blogs.stack(moored.public_id)["volumes"])) == (there, ["node-bouee"])
    assert LeftBehind.objects.get().dropped_at is not None


def test_space_that_is_deleted_while_its_machine_is_lost_leaves_nothing_there_in_the_end(
    moored, blogs, here, alice, staff
):
    operations.close_space(space=moored, by=alice)
    drain()
    clock.move_forward(timedelta(days=61))
    lose(blogs)
    operations.confirm_deletion(space=moored, by=alice)
    operations.confirm_deletion(space=moored, by=staff)
    blogs.lost = set()
    drain()
    moored.refresh_from_db()
    assert moored.state == "deleted"
    assert LeftBehind.objects.get().dropped_at is None
    blogs.calls.clear()

    come_back(blogs)

    assert LeftBehind.objects.get().dropped_at is not None
    assert blogs.calls.count("leave") == 1


def test_deletion_waits_for_a_machine_that_only_restarts(moored, blogs, here, alice, staff):
    operations.close_space(space=moored, by=alice)
    drain()
    clock.move_forward(timedelta(days=61))
    operations.confirm_deletion(space=moored, by=alice)
    operations.confirm_deletion(space=moored, by=staff)
    seen(("ancre", False))
    blogs.calls.clear()
    drain(raise_errors=False)
    moored.refresh_from_db()
    assert (moored.state, blogs.calls.count("close")) == ("closed", 0)

    come_back(blogs)
    to_the_end()

    moored.refresh_from_db()
    assert (moored.state, blogs.calls.count("close"), LeftBehind.objects.count()) == ("deleted", 2, 0)


def test_space_that_lives_again_where_it_was_keeps_what_it_has_there(moored, blogs, here, there):
    row = LeftBehind.objects.create(space=moored, machine=here, data_of=clock.now(), since=clock.now())

    operations.leave_returned_machine(machine_id=here.public_id)
    drain()

    row.refresh_from_db()
    assert row.dropped_at is not None
    assert (blogs.posts(moored.public_id), blogs.calls.count("leave")) == (["Premier billet"], 0)


def test_space_is_reopened_elsewhere_only_while_its_machine_is_lost_and_nothing_is_under_way(moored, blogs, there):
    bundles.taken_away(moored)
    with pytest.raises(MachineAnswers):
        operations.reopen_elsewhere(space=moored)
    with pytest.raises(MachineAnswers):
        operations.reopen_spaces_of(machine_id=moored.machine.public_id)
    lose(blogs, ("bouee", True))
    operations.reopen_elsewhere(space=moored)
    with pytest.raises(SpaceUnderWay):
        operations.reopen_elsewhere(space=moored)


def test_spaces_without_a_copy_are_left_when_all_are_opened_elsewhere(moored, blogs, here, there, trois_ponts):
    other = factories.open_blog(trois_ponts, "phare", machine=here)
    bundles.taken_away(moored)
    lose(blogs, ("bouee", True))

    assert operations.reopen_spaces_of(machine_id=here.public_id) == 1
    drain()

    assert procedures.of("space", other.public_id, kind=operations.MOVING) is None
    moored.refresh_from_db()
    assert moored.machine == there


def test_export_waits_until_a_space_that_moves_holds_all_it_held(moored, blogs, there, staff, alice):
    blogs.fault = ("silent", "restore")
    operations.ask_move(space=moored, by=staff, to=there)
    drain(raise_errors=False)
    assert blogs.posts(moored.public_id) == []

    export = operations.close_space(space=moored, by=alice).export

    drain(raise_errors=False)
    blogs.fault = None
    to_the_end()

    with zipfile.ZipFile(export_path(export)) as archive:
        assert json.loads(archive.read("content/blog.json"))["posts"] == ["Premier billet"]


def test_space_is_not_deleted_under_a_move(moored, blogs, there, staff, alice):
    operations.close_space(space=moored, by=alice)
    drain()
    clock.move_forward(timedelta(days=61))
    blogs.fault = ("silent", "export")
    operations.ask_move(space=moored, by=staff, to=there)
    drain(raise_errors=False)

    with pytest.raises(SpaceUnderWay):
        operations.confirm_deletion(space=moored, by=alice)


def test_machine_that_comes_back_before_anything_was_put_elsewhere_keeps_its_space(moored, blogs, here, there, staff):
    """What was written since the copy is there again: the old copy must not take its place."""
    bundles.taken_away(moored)
    blogs.write(moored.public_id, "Écrit après la copie")
    lose(blogs, ("bouee", True))
    operations.reopen_elsewhere(space=moored, by=staff)
    seen(("ancre", True), ("bouee", True))
    blogs.lost = set()
    to_the_end()

    moored.refresh_from_db()
    assert (moored.machine, blogs.posts(moored.public_id)) == (here, ["Premier billet", "Écrit après la copie"])
    progress = procedures.progress(procedures.of("space", moored.public_id))
    assert (progress.state, bool(progress.problem)) == ("stopped", True)


def test_machine_lost_once_a_space_has_moved_is_cleared_when_it_is_back(moored, blogs, here, there, staff):
    blogs.fault = ("silent", "leave")
    operations.ask_move(space=moored, by=staff, to=there)
    drain(raise_errors=False)
    lose(blogs, ("bouee", True))
    to_the_end()
    assert (procedures.of("space", moored.public_id).state, LeftBehind.objects.get().machine) == ("done", here)
    blogs.fault = None

    come_back(blogs, ("bouee", True))

    assert list(blogs.stack(moored.public_id)["volumes"]) == ["node-bouee"]
