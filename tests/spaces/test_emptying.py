# SPDX-License-Identifier: AGPL-3.0-or-later
"""All spaces of a machine moved away before maintenance: two at a time, until one stays."""

from __future__ import annotations

import pytest
from django.urls import reverse

from archipel.kernel import clock
from archipel.machines import operations as machines
from archipel.machines.models import Machine
from archipel.outbox.worker import drain
from archipel.procedures.models import Procedure
from archipel.spaces import operations, queries
from archipel.spaces.models import Hold, Space
from archipel.spaces.operations.emptying import NothingToMove, NotToEmpty
from tests import factories
from tests.spaces.working import to_the_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(host, blogs):
    return factories.machine("ancre")


@pytest.fixture
def there(here):
    return factories.machine("bouee")


@pytest.fixture
def moored(here, there, trois_ponts, blogs):
    """Five blogs on one machine, each with something written in it."""
    found = [factories.open_blog(trois_ponts, f"blog-{number}", machine=here) for number in range(5)]
    for blog in found:
        blogs.write(blog.public_id, f"Billet de {blog.public_id}")
    return found


@pytest.fixture
def emptied(moored, here, staff):
    machines.drain_machine(machine=here, by=staff)
    return here


def where(spaces):
    found = dict(Space.objects.values_list("pk", "machine__name"))
    return [found[space.pk] for space in spaces]


def under_way():
    return Procedure.objects.filter(kind=operations.MOVING, state__in=["running", "waiting"]).count()


def test_two_move_at_a_time_until_the_machine_carries_nothing(moored, emptied, blogs, staff):
    assert operations.move_spaces_of(machine_id=emptied.public_id, by=staff) == under_way() == 2
    drain()

    assert where(moored) == ["bouee"] * 5
    assert [blogs.posts(one.public_id) for one in moored] == [[f"Billet de {one.public_id}"] for one in moored]
    assert Hold.objects.filter(lifted_at=None).count() == 0
    assert {row.started_by for row in Procedure.objects.filter(kind=operations.MOVING)} == {staff.public_id}
    with pytest.raises(NothingToMove):
        operations.move_spaces_of(machine_id=emptied.public_id, by=staff)


def test_others_wait_when_one_stays_and_go_on_when_asked_again(moored, emptied, blogs, staff):
    blogs.fault = ("silent", "restore")
    operations.move_spaces_of(machine_id=emptied.public_id, by=staff)
    to_the_end()
    assert where(moored) == ["ancre"] * 5
    assert Procedure.objects.filter(kind=operations.MOVING).count() == 2
    view = queries.machine_spaces_view(Machine.objects.get(pk=emptied.pk))
    assert [bool(one.stayed) for one in view.spaces] == [True, True, False, False, False]

    blogs.fault = None
    operations.move_spaces_of(machine_id=emptied.public_id, by=staff)
    to_the_end()
    assert where(moored) == ["bouee"] * 5


def test_machine_taken_back_into_service_keeps_those_that_had_not_begun(moored, emptied, staff):
    operations.move_spaces_of(machine_id=emptied.public_id, by=staff)
    machines.return_machine(machine=emptied, by=staff)
    drain()
    assert sorted(where(moored)) == ["ancre"] * 3 + ["bouee"] * 2


def test_space_that_is_busy_is_left_to_what_is_under_way(moored, emptied, staff, there):
    operations.ask_move(space=moored[0], by=staff, to=there)
    assert operations.move_spaces_of(machine_id=emptied.public_id, by=staff) == 2
    assert sorted(where(moored)) == ["ancre"] * 5
    drain()
    assert where(moored) == ["bouee"] * 5


def test_move_told_twice_begins_nothing_twice(moored, emptied, staff):
    operations.move_spaces_of(machine_id=emptied.public_id, by=staff)
    first = Procedure.objects.filter(kind=operations.MOVING).first()
    assert operations.go_on_emptying(procedure_id=first.public_id) == 0
    assert under_way() == 2


@pytest.mark.parametrize(
    "standing",
    [{"draining": False}, {"drain_all": True}, {"lost_at": True, "silent_since": True}],
    ids=["takes spaces", "its spaces are stopped", "lost"],
)
def test_machine_whose_spaces_cannot_or_need_not_move_is_refused(moored, emptied, staff, standing):
    times = {name: clock.now() if name.endswith(("_at", "_since")) else value for name, value in standing.items()}
    Machine.objects.filter(pk=emptied.pk).update(**times)
    with pytest.raises(NotToEmpty):
        operations.move_spaces_of(machine_id=emptied.public_id, by=staff)


def test_nowhere_to_go_stops_the_first_two_and_troubles_no_other(moored, emptied, there, staff):
    there.delete()
    operations.move_spaces_of(machine_id=emptied.public_id, by=staff)
    drain()
    assert sorted(Procedure.objects.filter(kind=operations.MOVING).values_list("state", flat=True)) == ["stopped"] * 2
    assert Hold.objects.filter(lifted_at=None).count() == 0


def test_page_of_a_machine_to_empty_moves_all_its_spaces(client, staff, moored, emptied):
    client.force_login(staff)
    page = reverse("desk-machine-spaces", args=[emptied.public_id])
    assert f'"{page}"' in client.get(reverse("desk-machine", args=[emptied.public_id])).content.decode()
    assert "Déplacer 5 espaces" in client.get(page).content.decode()

    shown = client.post(reverse("desk-machine-spaces-move", args=[emptied.public_id]), follow=True).content.decode()
    assert "quelques-uns à la fois" in shown
    assert (shown.count("En cours"), "Déplacer 3 espaces" in shown) == (2, True)
    drain()
    shown = client.get(page).content.decode()
    assert "Aucun espace n’y vit plus" in shown
    assert reverse("desk-machine-spaces-move", args=[emptied.public_id]) not in shown
