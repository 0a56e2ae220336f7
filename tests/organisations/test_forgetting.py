# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.identity import operations as identity_operations
from archipel.identity import personal as identity_personal
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations import operations, personal, queries
from archipel.organisations.models import Invitation, Membership
from tests import factories

pytestmark = pytest.mark.usefixtures("host")


def test_export_tells_roles_and_invitations(trois_ponts, alice, bob):
    operations.invite(organisation=factories.organisation(name="Le Lavoir"), email=bob.email, role="member", by=alice)

    told = personal.export(bob)

    assert [role["organisation"] for role in told["roles"]] == ["La ressourcerie des Trois-Ponts"]
    assert [invitation["organisation"] for invitation in told["invitations"]] == ["Le Lavoir"]


def test_forget_ends_the_roles(trois_ponts, bob):
    kept = personal.forget(bob, "person-abc")

    assert (kept, queries.roles_of(bob)) == ([], [])


def test_forget_refuses_the_last_referent_and_names_what_they_lead(trois_ponts, alice):
    with pytest.raises(operations.LastReferent) as refusal:
        personal.forget(alice, "person-abc")

    assert refusal.value.details == {"organisations": ["La ressourcerie des Trois-Ponts"]}
    assert len(queries.roles_of(alice)) == 1


def test_forget_after_naming_a_successor(trois_ponts, alice, bob):
    operations.name_successor(organisation=trois_ponts, successor=bob, by=alice)

    personal.forget(alice, "person-abc")

    assert [role.person for role in queries.people_of(trois_ponts)] == [bob]


def test_forget_takes_the_name_from_an_organisation_that_is_the_person(charlie):
    alone = factories.organisation(name="Charlie Petit", kind="individual", referent=charlie, town_text="Brest")

    personal.forget(charlie, "person-abc")

    alone.refresh_from_db()
    assert (alone.name, alone.town_text, alone.search_text) == ("person-abc", "", "person abc")


def test_forget_erases_the_address_of_invitations(trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)

    personal.forget(charlie, "person-abc")

    assert Invitation.objects.count() == 0


def test_everything_goes_on_the_day_of_the_purge(trois_ponts, alice, bob):
    operations.invite(organisation=trois_ponts, email="emile@trois-ponts.example", role="member", by=bob)
    personal.forget(bob, "person-abc")
    identity_personal.forget(bob, "person-abc")

    with time_machine.travel(clock.now() + timedelta(days=364)):
        early = (operations.purge(), identity_operations.purge_persons())
    with time_machine.travel(clock.now() + timedelta(days=367)):
        late = (operations.purge(), identity_operations.purge_persons())

    assert Person.objects.filter(pk=bob.pk).exists() is False
    assert Membership.objects.filter(person_id=bob.pk).exists() is False
    assert (early[1], late[1]) == (0, 1)


def test_mail_of_a_person_is_told_and_forgotten(trois_ponts, alice, bob):
    domain, _ = operations.keep_domain(name="trois-ponts.example", organisation=trois_ponts)
    operations.keep_mailbox(address="contact@trois-ponts.example", person=bob, name="Bob")
    operations.keep_redirection(source="bureau@trois-ponts.example", destination=bob.email)
    operations.keep_redirection(source="bureau@trois-ponts.example", destination=alice.email)
    told = personal.export(bob)
    assert [row["address"] for row in told["mailboxes"]] == ["contact@trois-ponts.example"]
    assert [row["source"] for row in told["redirections"]] == ["bureau@trois-ponts.example"]
    personal.forget(bob, "person-abc")
    box = domain.mailboxes.get()
    assert (box.person, box.name, [row.destination for row in domain.redirections.all()]) == (None, "", [alice.email])


def test_import_tells_what_it_noted_and_who_began_it_is_forgotten(trois_ponts, bob):
    batch = factories.batch(bob)
    assert [row["what"] for row in personal.export(bob)["imports"]] == ["created"]
    personal.forget(bob, "person-abc")
    batch.refresh_from_db()
    assert batch.started_by is None
