# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who of an organisation enters which application: entries follow accesses and roles, whatever changes them."""

from __future__ import annotations

import pytest

from archipel.history import queries as history
from archipel.identity import operations as identity
from archipel.identity.models import Entry, Person
from archipel.kernel import clock
from archipel.organisations import operations
from archipel.organisations.models import Access, Membership, PersonalAccess
from tests import factories

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def cloud(db):
    return factories.client("Nuage")


@pytest.fixture
def access(trois_ponts, cloud, staff):
    """The cloud, open to the Trois-Ponts: it knows readers, editors and admins; all of the organisation read there."""
    return operations.open_application(
        organisation=trois_ponts, client=cloud, known_roles=["reader", "editor", "admin"], by=staff
    )


def entries(through=None):
    rows = Entry.objects.select_related("person").order_by("person__name", "through")
    rows = rows.filter(through=f"organisation:{through.public_id}") if through else rows
    return [(row.person.name, row.roles) for row in rows]


def last_lines(organisation, count):
    return [line.sentence for line in history.of_organisation(organisation.public_id).lines[:count]]


def test_open_application_lets_every_role_enter_told_by_its_own_name(trois_ponts, cloud, staff):
    opened = operations.open_application(organisation=trois_ponts, client=cloud, by=staff)

    assert opened.known_roles == ["member", "treasurer", "referent"]
    assert entries(trois_ponts) == [("Alice Martin", ["referent"]), ("Bob Leroy", ["member"])]
    assert last_lines(trois_ponts, 1) == ["Staff Morvan a ouvert Nuage à l’organisation"]


def test_open_application_tells_the_most_modest_word_an_application_knows(access):
    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])]


@pytest.mark.parametrize("words", [["two words"], ["a" * 41], ["=cmd"], ["é"], [f"w{number}" for number in range(13)]])
def test_open_application_refuses_words_no_application_can_be_told(trois_ponts, cloud, words):
    with pytest.raises(operations.InvalidKnownRoles):
        operations.open_application(organisation=trois_ponts, client=cloud, known_roles=words, by=None)

    assert (Access.objects.count(), entries()) == (0, [])


def test_open_application_refuses_one_that_is_open_or_closed_for_all(access, trois_ponts, cloud):
    with pytest.raises(operations.AlreadyEnters):
        operations.open_application(organisation=trois_ponts, client=cloud, by=None)
    closed = factories.client("Vieux", closed_at=clock.now())
    with pytest.raises(identity.ApplicationClosed):
        operations.open_application(organisation=trois_ponts, client=closed, by=None)


def test_change_access_chooses_which_roles_enter_and_as_what(access, trois_ponts, alice):
    operations.change_access(access=access, roles={"referent": "admin", "treasurer": "", "member": ""}, by=alice)

    assert entries() == [("Alice Martin", ["admin"])]
    assert last_lines(trois_ponts, 1) == ["Alice Martin a changé les rôles qui entrent dans Nuage"]


def test_change_access_without_a_difference_writes_nothing(access, trois_ponts, alice):
    before = last_lines(trois_ponts, 5)

    operations.change_access(access=access, roles=dict(access.roles), by=alice)

    assert last_lines(trois_ponts, 5) == before


@pytest.mark.parametrize(
    ("roles", "refusal"),
    [({"member": "king"}, operations.RoleNotKnown), ({"administrator": "admin"}, operations.RoleDoesNotFit)],
)
def test_change_access_refuses_what_does_not_exist(access, roles, refusal):
    with pytest.raises(refusal):
        operations.change_access(access=access, roles=roles, by=None)

    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])]


def test_one_person_enters_with_another_role_than_their_own(access, trois_ponts, alice, bob):
    operations.change_personal_access(access=access, person=bob, role="editor", by=alice)
    as_editor = entries()
    operations.change_personal_access(access=access, person=bob, role="", by=alice)
    kept_out = entries()
    operations.change_personal_access(access=access, person=bob, role=None, by=alice)

    assert as_editor == [("Alice Martin", ["reader"]), ("Bob Leroy", ["editor"])]
    assert kept_out == [("Alice Martin", ["reader"])]
    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])]
    assert last_lines(trois_ponts, 3) == [
        "Bob Leroy entre de nouveau dans Nuage selon son rôle (Alice Martin)",
        "Bob Leroy n’entre plus dans Nuage (Alice Martin)",
        "Bob Leroy entre dans Nuage comme « editor » (Alice Martin)".replace(" »", "\u00a0»").replace("« ", "«\u00a0"),
    ]


def test_one_person_of_elsewhere_is_not_let_in(access, alice, charlie):
    with pytest.raises(operations.NotOneOfThem):
        operations.change_personal_access(access=access, person=charlie, role="editor", by=alice)


def test_one_person_is_told_no_word_the_application_does_not_know(access, alice, bob):
    with pytest.raises(operations.RoleNotKnown):
        operations.change_personal_access(access=access, person=bob, role="king", by=alice)


def test_close_access_ends_every_entry_through_the_organisation_only(access, alice, cloud):
    identity.give_entry(client=cloud, person=alice, through="space:x", roles=["admin"])

    operations.close_access(access=access, by=None)

    assert entries() == [("Alice Martin", ["admin"])]
    with pytest.raises(operations.AccessOver):
        operations.change_access(access=access, roles={}, by=None)


def test_application_taken_back_may_be_given_again(access, trois_ponts, cloud, alice, bob):
    operations.change_personal_access(access=access, person=bob, role="", by=alice)
    operations.close_access(access=access, by=None)

    operations.open_application(organisation=trois_ponts, client=cloud, known_roles=["reader"], by=None)

    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])]


def test_new_role_brings_an_entry_and_another_role_another_word(access, trois_ponts, alice, charlie):
    operations.change_access(access=access, roles={"referent": "admin", "member": "reader"}, by=alice)

    operations.give_role(organisation=trois_ponts, person=charlie, role="member", by=alice)
    as_member = entries(trois_ponts)
    operations.give_role(organisation=trois_ponts, person=charlie, role="referent", by=alice)
    as_referent = entries(trois_ponts)
    operations.give_role(organisation=trois_ponts, person=charlie, role="treasurer", by=alice)

    assert as_member[-1] == ("Charlie Petit", ["reader"])
    assert as_referent[-1] == ("Charlie Petit", ["admin"])
    assert entries(trois_ponts) == [("Alice Martin", ["admin"]), ("Bob Leroy", ["reader"])]


def test_removed_person_enters_nothing_and_comes_back_without_their_exception(access, trois_ponts, alice, bob):
    operations.change_personal_access(access=access, person=bob, role="admin", by=alice)

    operations.remove_person(organisation=trois_ponts, person=bob, by=alice)
    removed = entries()
    operations.give_role(organisation=trois_ponts, person=bob, role="member", by=alice)

    assert removed == [("Alice Martin", ["reader"])]
    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])]


def test_refused_removal_leaves_the_entry(access, trois_ponts, alice):
    with pytest.raises(operations.LastReferent):
        operations.remove_person(organisation=trois_ponts, person=alice, by=None)

    assert ("Alice Martin", ["reader"]) in entries()


def test_accepted_invitation_brings_an_entry(access, trois_ponts, alice, charlie):
    invitation = operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)

    operations.accept_own_invitation(invitation=invitation, person=charlie)

    assert entries()[-1] == ("Charlie Petit", ["reader"])


def test_named_successor_takes_over_the_word_of_referents(access, trois_ponts, alice, bob):
    operations.change_access(access=access, roles={"referent": "admin", "member": "reader"}, by=alice)

    operations.name_successor(organisation=trois_ponts, successor=bob, by=alice)

    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["admin"])]


def test_roles_at_the_host_add_up_in_what_is_told(staff, reviewer, cloud):
    home = factories.host_organisation()
    operations.give_role(organisation=home, person=reviewer, role="editor")

    operations.open_application(organisation=home, client=cloud, by=staff)

    assert entries() == [("Maëlle Riou", ["editor", "reviewer"]), ("Staff Morvan", ["administrator"])]


def test_forgotten_person_enters_nothing_more(access, trois_ponts, bob):
    operations.forget_in_organisations(person=bob, pseudonym="person-x")

    assert (entries(), PersonalAccess.objects.count()) == ([("Alice Martin", ["reader"])], 0)


def test_merged_persons_enter_once_with_the_role_that_stays(access, trois_ponts, alice, bob, staff):
    operations.change_access(access=access, roles={"referent": "admin", "member": "reader"}, by=alice)

    identity.merge_persons(kept=bob, absorbed=alice, by=staff)

    assert entries() == [("Bob Leroy", ["admin"])]


def test_merged_person_keeps_what_they_alone_were_given(access, trois_ponts, bob, charlie, staff):
    operations.change_personal_access(access=access, person=bob, role="editor", by=None)

    identity.merge_persons(kept=charlie, absorbed=bob, by=staff)

    assert entries() == [("Alice Martin", ["reader"]), ("Charlie Petit", ["editor"])]


def test_merged_organisations_enter_what_either_entered(access, trois_ponts, charlie, staff):
    other = factories.organisation(name="Trois Ponts bis", referent=charlie)
    forge = factories.client("Forge")
    operations.open_application(organisation=other, client=forge, known_roles=["dev"], by=staff)
    operations.open_application(organisation=other, client=access.client, known_roles=["guest"], by=staff)

    operations.merge_organisations(kept=trois_ponts, absorbed=other, by=staff)

    assert entries(other) == []
    named = Entry.objects.order_by("client__name", "person__name").values_list("client__name", "person__name", "roles")
    assert list(named) == [
        ("Forge", "Alice Martin", ["dev"]),
        ("Forge", "Bob Leroy", ["dev"]),
        ("Forge", "Charlie Petit", ["dev"]),
        ("Nuage", "Alice Martin", ["reader"]),
        ("Nuage", "Bob Leroy", ["reader"]),
        ("Nuage", "Charlie Petit", ["reader"]),
    ]


def test_night_finds_no_difference_where_there_is_none(access, trois_ponts):
    before = last_lines(trois_ponts, 5)

    assert (operations.repair_entries(), last_lines(trois_ponts, 5)) == (0, before)


def test_night_repairs_what_differs_and_says_so(access, trois_ponts, alice, bob, charlie):
    way = f"organisation:{trois_ponts.public_id}"
    Entry.objects.filter(person=alice).delete()
    Entry.objects.filter(person=bob).update(roles=["admin"])
    identity.give_entry(client=access.client, person=charlie, through=way, roles=["admin"])
    identity.give_entry(client=access.client, person=charlie, through="organisation:gone", roles=["admin"])
    identity.give_entry(client=access.client, person=charlie, through="space:x", roles=["guest"])

    assert operations.repair_entries() == 4

    assert entries() == [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"]), ("Charlie Petit", ["guest"])]
    assert last_lines(trois_ponts, 1) == [
        "Archipel a corrigé qui entre dans les applications, selon les rôles\u00a0: 3 écart(s)"
    ]


def test_night_ends_the_entries_of_accounts_that_closed_and_of_closed_applications(access, trois_ponts, bob):
    Person.objects.filter(pk=bob.pk).update(is_active=False)
    operations.repair_entries()
    without_bob = entries()
    access.client.closed_at = clock.now()
    access.client.save()

    operations.repair_entries()

    assert (without_bob, entries()) == ([("Alice Martin", ["reader"])], [])


def test_roles_written_past_the_operations_are_repaired_at_night(access, trois_ponts, bob):
    Membership.objects.filter(person=bob).update(ended_at=clock.now())

    assert (operations.repair_entries(), entries()) == (1, [("Alice Martin", ["reader"])])
