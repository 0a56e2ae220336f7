# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress

from archipel.history import operations as history
from archipel.history import queries as history_queries
from archipel.identity import operations, personal, queries
from archipel.identity.folding import fold
from archipel.identity.models import ApiToken, Person, PersonWord
from archipel.identity.tokens import living_token
from archipel.kernel import clock
from archipel.kernel.refusals import TooMany
from tests import factories

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"


def person_for(email="Nour@Example.org", name="Nour", language="en"):
    return operations.person_for_confirmed_email(email=email, name=name, language=language)


def test_confirmed_address_makes_a_person_without_passphrase():
    person = person_for()

    assert (person.email, person.name, person.language, person.has_usable_password()) == (
        "nour@example.org", "Nour", "en", False,
    )  # fmt: skip
    assert [(row.email, row.verified, row.primary) for row in queries.addresses_of(person)] == [
        ("nour@example.org", True, True),
    ]  # fmt: skip


def test_confirmed_address_finds_its_person_again(alice):
    found = person_for(email=" ALICE@trois-ponts.example ", name="Somebody else")

    assert (found, found.name, found.check_password(factories.PASSPHRASE)) == (alice, "Alice Martin", True)


def test_confirmed_address_finds_the_person_of_a_second_address(alice):
    factories.address(alice, "alice@home.example")

    assert person_for(email="alice@home.example") == alice


def test_account_opened_by_somebody_who_never_confirmed_is_taken_over():
    intruder = factories.person(name="Intruder", email="nour@example.org")
    EmailAddress.objects.filter(user=intruder).update(verified=False)

    person = person_for()

    assert (person.pk, person.name, person.has_usable_password()) == (intruder.pk, "Nour", False)


def test_unconfirmed_claim_of_another_account_falls(alice):
    factories.address(alice, "nour@example.org", verified=False)

    person = person_for()

    assert person != alice
    assert [row.email for row in queries.addresses_of(alice)] == ["alice@trois-ponts.example"]


@pytest.mark.parametrize("email", ["", "nour", "nour@", "@example.org", "a b@example.org", "x" * 300 + "@example.org"])
def test_wrong_address_is_refused(email):
    with pytest.raises(operations.InvalidAddress):
        person_for(email=email)

    assert Person.objects.count() == 0


def test_open_account_sets_name_and_passphrase():
    person_for(name="")

    person = operations.open_account(
        email="nour@example.org", name=" Nour Haddad ", passphrase=PASSPHRASE, language="fr"
    )

    assert (person.name, person.check_password(PASSPHRASE)) == ("Nour Haddad", True)


def test_open_account_never_replaces_a_passphrase(alice):
    with pytest.raises(operations.AlreadySignedUp):
        operations.open_account(email=alice.email, name="X", passphrase=PASSPHRASE, language="fr")

    alice.refresh_from_db()
    assert alice.check_password(factories.PASSPHRASE)


@pytest.mark.parametrize(
    ("passphrase", "words"),
    [
        ("court", "Cette phrase de passe est trop courte\u00a0: il faut au moins 12 caractères."),
        ("alice martin", "Cette phrase de passe ressemble trop à votre nom ou à votre adresse."),
        ("1q2w3e4r5t6y", "Beaucoup de gens utilisent cette phrase de passe\u00a0: on la devinerait. Choisissez-en une autre."),
    ],
)  # fmt: skip
def test_weak_passphrase_is_refused_in_plain_words(alice, passphrase, words):
    with pytest.raises(operations.WeakPassphrase) as refusal:
        operations.set_passphrase(person=alice, passphrase=passphrase)

    assert (str(refusal.value), refusal.value.field) == (words, "passphrase")


def test_change_profile(alice):
    operations.change_profile(person=alice, name=" Alice M. ", language="en-GB")

    alice.refresh_from_db()
    assert (alice.name, alice.language, alice.search_text) == ("Alice M.", "en", "alice m. alice@trois ponts.example")


def test_token_is_shown_once_and_stored_as_a_digest(alice):
    token, secret = operations.issue_token(person=alice, name="script", scopes=["me:read"], days=30)

    assert secret not in str(vars(token))
    assert (living_token(secret), living_token(secret + "x")) == (token, None)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["me:read", "everything"]])
def test_token_without_a_known_scope_is_refused(alice, scopes):
    with pytest.raises(operations.InvalidScopes):
        operations.issue_token(person=alice, name="script", scopes=scopes)


def test_token_stops_when_revoked_expired_or_its_person_closed(alice):
    tokens = [operations.issue_token(person=alice, name="x", scopes=["me:read"], days=30) for _ in range(2)]

    operations.revoke_token(token=tokens[0][0], by=alice)
    with time_machine.travel(clock.now() + timedelta(days=31)):
        expired = living_token(tokens[1][1])
    before = living_token(tokens[1][1])
    Person.objects.filter(pk=alice.pk).update(is_active=False)

    assert [living_token(tokens[0][1]), expired, before, living_token(tokens[1][1])] == [
        None, None, tokens[1][0], None,
    ]  # fmt: skip


def test_sign_in_for_token(alice):
    token, secret = operations.sign_in_for_token(
        email="Alice@trois-ponts.example", passphrase=factories.PASSPHRASE, name="script", scopes=["me:read"]
    )

    assert (living_token(secret), token.person) == (token, alice)


@pytest.mark.parametrize(("email", "passphrase"), [("alice@trois-ponts.example", "no"), ("unknown@x.example", "no")])
def test_sign_in_for_token_says_the_same_of_known_and_unknown(alice, email, passphrase):
    with pytest.raises(operations.SignInRefused) as refusal:
        operations.sign_in_for_token(email=email, passphrase=passphrase, name="x", scopes=["me:read"])

    assert (refusal.value.status, str(refusal.value)) == (
        401, "Cette adresse et cette phrase de passe ne vont pas ensemble.",
    )  # fmt: skip


def test_sign_in_for_token_is_limited(alice):
    wrong = {"email": alice.email, "passphrase": "no", "name": "x", "scopes": ["me:read"]}
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(10):
            with pytest.raises(operations.SignInRefused):
                operations.sign_in_for_token(**wrong)

        with pytest.raises(TooMany):
            operations.sign_in_for_token(**wrong | {"passphrase": factories.PASSPHRASE})


def test_merge_moves_addresses_and_ends_the_other_account(alice, charlie, staff):
    operations.issue_token(person=charlie, name="x", scopes=["me:read"])

    operations.merge_persons(kept=alice, absorbed=charlie, by=staff)

    charlie.refresh_from_db()
    assert sorted(queries.confirmed_addresses_of(alice)) == ["alice@trois-ponts.example", "charlie@elsewhere.example"]
    assert (charlie.is_active, charlie.merged_into, charlie.has_usable_password()) == (False, alice, False)
    assert queries.person_by_public_id(charlie.public_id) == alice
    assert [line.state for line in queries.tokens_of(alice)] == ["revoked"]


def test_merge_refuses_twice_and_with_oneself(alice, charlie, staff):
    operations.merge_persons(kept=alice, absorbed=charlie, by=staff)

    for kept, absorbed in [(alice, alice), (alice, charlie)]:
        with pytest.raises(operations.NothingToMerge):
            operations.merge_persons(kept=kept, absorbed=absorbed, by=staff)


def test_merge_preview_says_what_happens(alice, charlie):
    operations.issue_token(person=charlie, name="x", scopes=["me:read"])

    lines = queries.merge_persons_preview(kept=alice, absorbed=charlie)

    assert lines.moves == ["L’adresse charlie@elsewhere.example passe à Alice Martin."]
    assert lines.conflicts == [
        "1 jeton cesse de fonctionner.",
        "La phrase de passe du compte qui disparaît ne fonctionne plus\u202f; celle de alice@trois-ponts.example reste.",
    ]


def test_export_tells_everything_but_secrets(alice):
    _token, secret = operations.issue_token(person=alice, name="script", scopes=["me:read"])

    told = personal.export(alice)

    assert [row["email"] for row in told["addresses"]] == ["alice@trois-ponts.example"]
    assert [row["name"] for row in told["tokens"]] == ["script"]
    assert [act["what"] for act in told["acts"]] == ["Alice Martin a créé le jeton «\u202fscript\u202f»"]
    assert secret not in str(told)


def test_forget_leaves_a_pseudonym_until_the_day_it_names(alice, client):
    client.force_login(alice)
    history.record(what="test", about=("person", alice.public_id, alice.name), actor=alice, email=alice.email)

    with time_machine.travel("2026-11-23 10:00", tick=False):
        kept = personal.forget(alice, "person-abc")

    alice.refresh_from_db()
    assert kept == [
        "«\u202fperson-abc\u202f» remplace votre nom dans l’historique de vos organisations, car nous devons pouvoir dire "
        "pendant un an qui a publié quoi (décret 2021-1362). Ce pseudonyme est effacé le 23 novembre 2027."
    ]
    assert (alice.name, alice.is_active, EmailAddress.objects.filter(user=alice).count()) == ("person-abc", False, 0)
    assert "Alice" not in str(list(Person.objects.values())) + str(
        [vars(line) for line in history_queries.latest_for_host().lines]
    )
    assert client.get("/account/profile/").status_code == 302


def test_forget_frees_the_address(alice):
    personal.forget(alice, "person-abc")

    assert person_for(email="alice@trois-ponts.example") != alice


def test_forget_deletes_tokens(alice):
    operations.issue_token(person=alice, name="x", scopes=["me:read"])

    personal.forget(alice, "person-abc")

    assert ApiToken.objects.count() == 0


def test_purge_leaves_a_pseudonym_that_is_still_needed(alice, trois_ponts):
    operations.forget_person(person=alice, pseudonym="person-abc")

    with time_machine.travel(clock.now() + timedelta(days=367)):
        gone = operations.purge_persons()

    assert (gone, Person.objects.filter(pk=alice.pk).exists()) == (0, True)


@pytest.mark.parametrize(("typed", "found"), [("leroy", 1), ("LÉROY", 1), ("bob trois", 1), ("bob lavoir", 0), ("", 2)])
def test_search_people(alice, bob, typed, found):
    assert len(queries.search_people(typed).rows) == found


@pytest.mark.parametrize("typed", ["bob@trois", "trois-ponts.example", "ponts", "example"])
def test_search_people_finds_an_address_by_its_parts(bob, typed):
    assert [person.pk for person in queries.search_people(typed).rows] == [bob.pk]


def test_search_people_follows_a_change_of_name(bob):
    operations.change_profile(person=bob, name="Robert Morvan", language="fr")

    assert [len(queries.search_people(typed).rows) for typed in ("leroy", "morv")] == [0, 1]


def test_search_people_finds_a_rare_word_among_common_ones(db):
    people = [Person(name="Camille", email=f"n{number}@example.org", created_at=clock.now()) for number in range(310)]
    for person in people:
        person.search_text = fold(f"{person.name} {person.email}")
    PersonWord.objects.bulk_create(word for person in Person.objects.bulk_create(people) for word in person.words())

    rare = queries.search_people("camille n309@example")
    common = queries.search_people("camille example.org", size=2)

    assert [person.email for person in rare.rows] == ["n309@example.org"]
    assert [person.email for person in common.rows] == ["n0@example.org", "n1@example.org"]


def test_search_people_pages(db):
    for number in range(3):
        factories.person(name=f"N{number}", email=f"n{number}@example.org")

    first = queries.search_people(size=2)
    second = queries.search_people(size=2, after=first.after)
    lost = queries.search_people(size=2, after="no such row")

    assert [p.name for p in first.rows] == [p.name for p in lost.rows] == ["N0", "N1"]
    assert ([p.name for p in second.rows], second.after) == (["N2"], "")


def test_search_people_passes_over_nobody_of_the_same_name(db):
    for number in range(5):
        factories.person(name="Camille", email=f"n{number}@example.org")

    first = queries.search_people("camille", size=2)
    second = queries.search_people("camille", size=2, after=first.after)
    third = queries.search_people("camille", size=2, after=second.after)

    assert len({p.pk for page in (first, second, third) for p in page.rows}) == 5
    assert third.after == ""


@pytest.mark.parametrize(
    ("typed", "folded"),
    [("Saint-Émilion", "saint emilion"), ("ŒUVRE  d’été", "oeuvre d ete"), ("a@b.org", "a@b.org"), ("  ", "")],
)
def test_folding_keeps_letters_only_and_small(typed, folded):
    assert fold(typed) == folded
