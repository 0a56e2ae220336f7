# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import operations
from archipel.spaces.models import Hold
from archipel.spaces.operations.moving import SameMachine
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


def test_move_that_fails_leaves_the_space_where_it_was(moored, blogs, here, there, staff):
    blogs.fault = ("silent", "restore")
    operations.ask_move(space=moored, by=staff, to=there)
    to_the_end()

    moored.refresh_from_db()
    assert (moored.machine, blogs.stack(moored.public_id)["machine"]) == (here, "node-ancre")
    assert (blogs.posts(moored.public_id), blogs.stack(moored.public_id)["effect"]) == (["Premier billet"], "")
    assert procedures.of("space", moored.public_id).state == "done"


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
    assert operations.reopen_spaces_of(machine_id=here.public_id) == 0
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

    drain()

    assert (Hold.objects.filter(lifted_at=None).count(), blogs.stack(moored.public_id)["effect"]) == (0, "")
