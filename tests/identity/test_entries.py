# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.identity import operations
from archipel.identity.models import Entry
from tests import factories

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def cloud(host):
    return factories.client("Nuage")


def _rows():
    return [(row.person, row.through, row.roles) for row in Entry.objects.order_by("pk")]


def test_giving_an_entry_twice_changes_nothing(cloud, bob):
    for _time in range(2):
        operations.give_entry(client=cloud, person=bob, through="organisation:a", roles=["member"])

    assert _rows() == [(bob, "organisation:a", ["member"])]


def test_giving_an_entry_again_replaces_the_roles_of_that_thing_only(cloud, bob):
    operations.give_entry(client=cloud, person=bob, through="organisation:a", roles=["member"])
    operations.give_entry(client=cloud, person=bob, through="organisation:b", roles=["member"])

    operations.give_entry(client=cloud, person=bob, through="organisation:a", roles=["treasurer", "admin", "admin"])

    assert _rows() == [(bob, "organisation:a", ["admin", "treasurer"]), (bob, "organisation:b", ["member"])]


def test_ending_an_entry_says_whether_another_remains(cloud, bob):
    operations.give_entry(client=cloud, person=bob, through="organisation:a")
    operations.give_entry(client=cloud, person=bob, through="organisation:b")

    remains = [operations.end_entry(client=cloud, person=bob, through=f"organisation:{name}") for name in "abb"]

    assert (remains, _rows()) == ([True, False, False], [])


def test_ending_what_a_thing_gives_leaves_others_in(cloud, alice, bob):
    for who in (alice, bob):
        operations.give_entry(client=cloud, person=who, through="organisation:a")
    operations.give_entry(client=cloud, person=bob, through="organisation:b")

    ended = operations.end_entries_through(through="organisation:a")

    assert (ended, _rows()) == (2, [(bob, "organisation:b", [])])


def test_merging_two_people_adds_up_their_roles(cloud, staff, alice, bob):
    operations.give_entry(client=cloud, person=alice, through="organisation:a", roles=["referent"])
    operations.give_entry(client=cloud, person=bob, through="organisation:a", roles=["member"])
    operations.give_entry(client=cloud, person=bob, through="organisation:b")

    operations.merge_persons(kept=alice, absorbed=bob, by=staff)

    assert _rows() == [(alice, "organisation:a", ["member", "referent"]), (alice, "organisation:b", [])]


def test_who_is_forgotten_enters_nothing(cloud, bob):
    operations.give_entry(client=cloud, person=bob, through="organisation:a")

    operations.forget_person(person=bob, pseudonym="Sterne")

    assert _rows() == []
