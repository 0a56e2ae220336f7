# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.history import queries as history
from archipel.identity.models import Entry
from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.organisations import access, operations, queries
from archipel.organisations.models import Membership
from archipel.outbox.models import Job
from tests import factories


def roles_in(organisation):
    return [(role.person.name, role.role) for role in queries.people_of(organisation)]


def test_give_role_replaces_the_role_held_in_an_organisation(trois_ponts, bob, alice):
    operations.give_role(organisation=trois_ponts, person=bob, role="treasurer", by=alice)

    assert roles_in(trois_ponts) == [("Alice Martin", "referent"), ("Bob Leroy", "treasurer")]


def test_give_role_twice_changes_nothing(trois_ponts, alice):
    first = operations.give_role(organisation=trois_ponts, person=alice, role="referent")

    assert operations.give_role(organisation=trois_ponts, person=alice, role="referent") == first
    assert Membership.objects.filter(person=alice).count() == 1


def test_give_role_adds_up_at_the_host(reviewer):
    home = factories.host_organisation()

    operations.give_role(organisation=home, person=reviewer, role="editor")

    assert roles_in(home) == [("Maëlle Riou", "reviewer"), ("Maëlle Riou", "editor")]


@pytest.mark.parametrize(("kind", "role"), [("collective", "reviewer"), ("host", "referent"), ("collective", "king")])
def test_give_role_refuses_a_role_of_the_other_side(charlie, kind, role):
    organisation = factories.organisation(kind=kind)

    with pytest.raises(operations.RoleDoesNotFit):
        operations.give_role(organisation=organisation, person=charlie, role=role)


def test_give_role_forgets_what_was_remembered_of_the_person(trois_ponts, charlie):
    before = access.person_may(charlie, trois_ponts, "read")

    operations.give_role(organisation=trois_ponts, person=charlie, role="member")

    assert (before, access.person_may(charlie, trois_ponts, "read")) == (False, True)


def test_give_role_refuses_to_take_the_lead_from_the_last_referent(trois_ponts, alice):
    with pytest.raises(operations.LastReferent):
        operations.give_role(organisation=trois_ponts, person=alice, role="member", by=alice)

    assert roles_in(trois_ponts) == [("Alice Martin", "referent"), ("Bob Leroy", "member")]


def test_remove_person_ends_the_role_and_writes_to_them(trois_ponts, alice, bob, host):
    operations.remove_person(organisation=trois_ponts, person=bob, by=alice)

    assert roles_in(trois_ponts) == [("Alice Martin", "referent")]
    assert list(Email.objects.values_list("name", "to_address")) == [("organisations/removed", bob.email)]


def test_remove_person_who_leaves_writes_to_nobody(trois_ponts, bob, host):
    operations.remove_person(organisation=trois_ponts, person=bob, by=bob)

    assert (roles_in(trois_ponts), Email.objects.count()) == ([("Alice Martin", "referent")], 0)


def test_remove_person_refuses_a_stranger(trois_ponts, alice, charlie):
    with pytest.raises(operations.NotOneOfThem):
        operations.remove_person(organisation=trois_ponts, person=charlie, by=alice)


def test_remove_person_refuses_the_last_referent(trois_ponts, alice, bob):
    with pytest.raises(operations.LastReferent):
        operations.remove_person(organisation=trois_ponts, person=alice, by=bob)


def test_a_closed_account_does_not_count_as_referent(trois_ponts, alice, charlie):
    factories.role(trois_ponts, charlie, "referent")
    charlie.is_active = False
    charlie.save()

    with pytest.raises(operations.LastReferent):
        operations.end_role(organisation=trois_ponts, person=alice)


def test_the_last_administrator_of_the_host_cannot_leave(staff):
    with pytest.raises(operations.LastReferent):
        operations.end_role(organisation=factories.host_organisation(), person=staff, role="administrator")


def test_name_successor_hands_over(trois_ponts, alice, bob):
    operations.name_successor(organisation=trois_ponts, successor=bob, by=alice)

    assert roles_in(trois_ponts) == [("Bob Leroy", "referent"), ("Alice Martin", "member")]


def test_name_successor_refuses_who_does_not_belong(trois_ponts, alice, charlie):
    with pytest.raises(operations.NotOneOfThem):
        operations.name_successor(organisation=trois_ponts, successor=charlie, by=alice)


def test_history_tells_of_roles(trois_ponts, alice, bob):
    operations.give_role(organisation=trois_ponts, person=bob, role="treasurer", by=alice)
    operations.end_role(organisation=trois_ponts, person=bob, by=alice)

    lines = [line.sentence for line in history.of_organisation(trois_ponts.public_id).lines]

    assert lines == ["Alice Martin a mis fin au rôle de Bob Leroy\u00a0: trésorerie", "Bob Leroy tient la trésorerie"]


def test_give_first_roles_gives_many_at_once_and_leaves_who_holds_one(trois_ponts, alice, bob, charlie):
    other = factories.organisation(name="Le Phare")
    earlier = clock.now() - timedelta(days=400)
    wanted = [
        operations.FirstRole(trois_ponts, charlie, "treasurer", earlier),
        operations.FirstRole(trois_ponts, bob, "referent"),
        operations.FirstRole(other, bob, "referent"),
        operations.FirstRole(trois_ponts, charlie, "member"),
    ]

    given = operations.give_first_roles(roles=wanted)

    assert [row and (row.organisation, row.role) for row in given] == [
        (trois_ponts, "treasurer"),
        None,
        (other, "referent"),
        None,
    ]
    assert given[0].since == earlier
    assert roles_in(trois_ponts) == [
        ("Alice Martin", "referent"),
        ("Charlie Petit", "treasurer"),
        ("Bob Leroy", "member"),
    ]
    told = [line.what for line in history.of_organisation(trois_ponts.public_id).lines]
    assert told.count("organisations.role_given.treasurer") == 1
    announced = Job.objects.filter(name="archipel.spaces.tasks.let_in").values_list("payload", flat=True)
    assert [one["values"]["person_id"] for one in announced].count(charlie.public_id) == 1


def test_give_first_roles_lets_in_where_the_organisation_enters_something(trois_ponts, charlie):
    client = factories.client()
    operations.open_application(organisation=trois_ponts, client=client, known_roles=["reader", "member"], by=None)

    operations.give_first_roles(roles=[operations.FirstRole(trois_ponts, charlie, "member")])

    assert list(Entry.objects.filter(person=charlie).values_list("client", "roles")) == [(client.pk, ["member"])]
