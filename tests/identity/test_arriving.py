# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who comes from other software is adopted where they are known, and never by an address nobody proved to read."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from archipel.identity import operations
from archipel.identity.models import AccountName, Person, PersonWord
from archipel.identity.operations import Arrival
from archipel.kernel import clock
from tests import factories


def receive(*arrivals):
    return operations.receive_arrivals(arrivals=arrivals)


def addresses(person):
    rows = EmailAddress.objects.filter(user=person).order_by("-primary", "email")
    return [(row.email, row.verified, row.primary) for row in rows]


def claim(email, passphrase="nobody proved this one"):
    """An account opened with an address that was never confirmed."""
    row = Person(name="Claim", email=email, created_at=clock.now())
    row.set_password(passphrase)
    row.save()
    EmailAddress.objects.create(user=row, email=email, verified=False, primary=True)
    return row


def test_unknown_person_is_made_with_words_and_address(db):
    done = receive(Arrival("nora@people.example", "Nora Émile", "en", True, ("nora@home.example",), "kept$x"))
    person = Person.objects.get()
    assert [row.how for row in done] == ["created"]
    assert (person.name, person.language, person.password) == ("Nora Émile", "en", "kept$x")
    assert addresses(person) == [("nora@people.example", True, True), ("nora@home.example", True, False)]
    assert PersonWord.objects.filter(person=person, word="emile").exists() is True
    assert factories.last_entry().what == "identity.person_imported"


def test_second_run_adopts_and_changes_nothing(db):
    arrival = Arrival("nora@people.example", "Nora", confirmed=True, passphrase="kept$x")
    receive(arrival)
    Person.objects.update(password="chosen$since", name="Nora E.")
    assert [row.how for row in receive(arrival)] == ["adopted"]
    person = Person.objects.get()
    assert (person.name, person.password) == ("Nora E.", "chosen$since")


def test_known_person_is_adopted_by_a_confirmed_second_address(alice):
    factories.address(alice, "alice@home.example")
    before = alice.password
    done = receive(Arrival("alice@home.example", "Mallory", confirmed=True, passphrase="of$mallory"))
    alice.refresh_from_db()
    assert ([row.person for row in done], alice.name, alice.password) == ([alice], "Alice Martin", before)


def test_arrival_without_proof_touches_nobody_who_is_known(alice):
    """Somebody typed Alice's address in the former software: they get nothing of hers, and she nothing of theirs."""
    before = alice.password
    done = receive(Arrival("alice@trois-ponts.example", "Mallory", confirmed=False, passphrase="of$mallory"))
    alice.refresh_from_db()
    assert ([(row.how, row.person) for row in done], alice.password) == ([("unproved", None)], before)


def test_passphrase_without_proof_of_the_address_is_not_kept(db):
    receive(Arrival("nora@people.example", "Nora", confirmed=False, passphrase="of$mallory"))
    person = Person.objects.get()
    assert (person.has_usable_password(), addresses(person)) == (False, [("nora@people.example", False, True)])


def test_unproved_claim_here_is_voided_and_never_inherits(db):
    """Mallory opened an account with Nora's address before the import: Nora gets hers, Mallory's passphrase is gone."""
    mallory = claim("nora@people.example")
    done = receive(Arrival("nora@people.example", "Nora", confirmed=True, passphrase="of$nora"))
    mallory.refresh_from_db()
    assert ([row.how for row in done], Person.objects.count()) == (["taken_over"], 1)
    assert (mallory.password, addresses(mallory)) == ("of$nora", [("nora@people.example", True, True)])


def test_unproved_claim_meets_unproved_arrival(db):
    mallory = claim("nora@people.example")
    arrival = Arrival("nora@people.example", "Nora", confirmed=False, passphrase="of$nora")
    assert [row.how for row in receive(arrival) + receive(arrival)] == ["taken_over", "adopted"]
    mallory.refresh_from_db()
    assert (mallory.has_usable_password(), addresses(mallory)) == (False, [("nora@people.example", False, True)])


def test_claim_as_second_address_falls(bob):
    factories.address(bob, "nora@people.example", verified=False)
    receive(Arrival("nora@people.example", "Nora", confirmed=True))
    nora = Person.objects.get(email="nora@people.example")
    assert (addresses(nora), len(addresses(bob))) == ([("nora@people.example", True, True)], 1)


def test_other_addresses_of_other_people_stay_theirs(bob):
    receive(Arrival("nora@people.example", "Nora", confirmed=True, other_emails=(bob.email,)))
    assert addresses(Person.objects.get(email="nora@people.example")) == [("nora@people.example", True, True)]


def test_closed_account_is_left_alone(charlie):
    Person.objects.filter(pk=charlie.pk).update(is_active=False)
    assert [row.how for row in receive(Arrival(charlie.email, "C", confirmed=True))] == ["closed"]


def test_merged_person_is_adopted_as_the_kept_one(alice, bob, staff):
    operations.merge_persons(kept=alice, absorbed=bob, by=staff)
    done = receive(Arrival("bob@trois-ponts.example", "Bob", confirmed=True))
    assert [row.person for row in done] == [alice]


def test_arrival_is_taken_back_unless_used_since(alice):
    arrivals = [Arrival(f"n{place}@people.example", f"N {place}", confirmed=True) for place in range(4)]
    done = receive(*arrivals)
    Person.objects.filter(pk=done[1].person.pk).update(last_login=clock.now())
    operations.set_passphrase(person=done[2].person, passphrase="cinq bateaux verts au port")
    operations.issue_token(person=done[3].person, name="x", scopes=["me:read"])
    said = [operations.take_back_arrival(person=row.person, how=row.how, undo=row.undo) for row in done]
    assert said == ["", "signed_in", "changed", "used"]
    assert sorted(Person.objects.values_list("email", flat=True)) == [
        "alice@trois-ponts.example", "n1@people.example", "n2@people.example", "n3@people.example",
    ]  # fmt: skip
    assert operations.take_back_arrival(person=done[0].person, how="created", undo=done[0].undo) == ""


def test_passphrase_given_to_a_known_person_is_taken_back(alice):
    alice.set_unusable_password()
    alice.save()
    done = receive(Arrival(alice.email, "A", confirmed=True, passphrase="of$alice", other_emails=("a@home.example",)))
    alice.refresh_from_db()
    assert (alice.password, len(addresses(alice))) == ("of$alice", 2)
    assert operations.take_back_arrival(person=alice, how="adopted", undo=done[0].undo) == ""
    alice.refresh_from_db()
    assert (alice.has_usable_password(), len(addresses(alice))) == (False, 1)


def test_arriving_costs_as_many_queries_for_fifty_as_for_ten(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(10 + 50):  # one line of history each
        receive(*[Arrival(f"n{place}@people.example", f"N {place}", confirmed=True) for place in range(50)])
    assert AccountName.objects.count() == 0
