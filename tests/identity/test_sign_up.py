# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may open an account, what one is called, and what a stranger learns about who has one."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import override_settings
from django.urls import reverse

from archipel.host import operations as host_operations
from archipel.identity import operations
from archipel.identity.models import ApiToken, Person
from archipel.identity.operations.persons import InvalidPseudonym, PseudonymTaken
from archipel.identity.operations.tokens import CodeNeeded, SignInRefused
from archipel.organisations import operations as organisations
from archipel.portal import held
from tests import factories
from tests.identity.factors import code, sign_in, with_codes
from tests.identity.mailbox import letters_to
from tests.looking import LookingClient

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"
NEWCOMER = {"name": "Nour Haddad", "email": "nour@example.org", "password1": PASSPHRASE, "homepage": ""}


class Counted(Argon2PasswordHasher):
    """As in production, with little memory; counts how often a passphrase was worked on."""

    time_cost, memory_cost, parallelism = 1, 8, 1
    worked = 0

    def encode(self, password, salt):
        type(self).worked += 1
        return super().encode(password, salt)

    def verify(self, password, encoded):
        type(self).worked += 1
        return super().verify(password, encoded)


def worked(act) -> int:
    before = Counted.worked
    act()
    return Counted.worked - before


@pytest.fixture
def counted():
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.Counted"]):
        yield


def text(response) -> str:
    return response.content.decode()


def test_sign_up_by_invitation_only_opens_nothing_else(client, alice, trois_ponts):
    host_operations.set_parameter(key="sign_up", value="invitation")
    page = client.get(reverse("account_signup"))
    posted = client.post(reverse("account_signup"), NEWCOMER)
    organisations.invite(organisation=trois_ponts, email="nour@example.org", role="member", by=alice)
    link = re.search(r"http://testserver(/invitation/\S+)", letters_to("nour@example.org")[0].body)[1]
    client.post(link, {"name": "Nour Haddad", "passphrase": PASSPHRASE})

    assert ("s’ouvre sur invitation" in text(page), "s’ouvre sur invitation" in text(posted)) == (True, True)
    assert reverse("account_signup") not in text(LookingClient().get(reverse("account_login")))
    assert [
        person.email for person in Person.objects.exclude(pk__in=[alice.pk]).exclude(email__contains="trois-ponts")
    ] == ["nour@example.org"]
    assert client.get(reverse("account-profile")).status_code == 200


def test_link_of_an_invitation_does_not_replace_a_second_factor(client, alice, trois_ponts):
    who = with_codes(factories.person("Nour Haddad", "nour@example.org"))
    who.set_unusable_password()
    who.save()
    organisations.invite(organisation=trois_ponts, email=who.email, role="member", by=alice)
    link = re.search(r"http://testserver(/invitation/\S+)", letters_to(who.email)[0].body)[1]

    client.post(link, {"name": "Nour Haddad", "passphrase": PASSPHRASE})

    assert client.get(reverse("account-profile")).status_code == 302


@pytest.mark.parametrize("value", ["", "closed", None, ["open"]])
def test_sign_up_is_open_or_by_invitation(value):
    from archipel.kernel.refusals import Invalid

    with pytest.raises(Invalid):
        host_operations.set_parameter(key="sign_up", value=value)


def test_sign_in_takes_the_same_work_whoever_is_asked(client, counted, alice):
    alice.set_password(factories.PASSPHRASE)
    alice.save()
    typed = {"login": alice.email, "password": "wrong"}

    known = worked(lambda: client.post(reverse("account_login"), typed))
    unknown = worked(lambda: client.post(reverse("account_login"), typed | {"login": "nobody@elsewhere.example"}))

    assert (known, unknown) == (1, 1)


def test_sign_up_takes_the_same_work_for_a_known_address(client, counted, alice):
    known = worked(lambda: client.post(reverse("account_signup"), NEWCOMER | {"email": alice.email}))
    client.cookies.clear()
    unknown = worked(lambda: client.post(reverse("account_signup"), NEWCOMER))

    assert (known, unknown) == (1, 1)


def test_reset_takes_the_same_work_and_says_the_same(client, counted, alice):
    pages = {}
    work = [
        worked(
            lambda email=email: pages.update(
                {email: client.post(reverse("account_reset_password"), {"email": email}, follow=True)}
            )
        )
        for email in (alice.email, "nobody@elsewhere.example")
    ]

    said = [re.sub(r"csrf[^>]*>", "", text(page)).replace(email, "A") for email, page in pages.items()]
    assert (work, said[0]) == ([0, 0], said[1])
    assert [letters_to(email)[0].name for email in pages] == ["identity/password_reset_key", "identity/unknown_account"]


def test_token_takes_the_same_work_and_says_the_same(counted, alice):
    alice.set_password(factories.PASSPHRASE)
    alice.save()
    said = []

    def ask(email):
        with pytest.raises(SignInRefused) as refusal:
            operations.sign_in_for_token(email=email, passphrase="wrong", name="x", scopes=["me:read"])
        said.append(str(refusal.value))

    assert [worked(lambda email=email: ask(email)) for email in (alice.email, "nobody@elsewhere.example")] == [1, 1]
    assert said[0] == said[1]


def test_one_address_cannot_try_many_accounts(alice, bob, charlie):
    """Brute force across accounts: a few tries at each of many is stopped by where they come from."""
    people = [factories.person(f"Personne {number}", f"p{number}@people.example") for number in range(12)]
    thief = LookingClient(REMOTE_ADDR="198.51.100.9")
    pages = [text(thief.post(reverse("account_login"), {"login": who.email, "password": "wrong"})) for who in people]
    elsewhere = sign_in(LookingClient(REMOTE_ADDR="203.0.113.1"), people[-1])

    assert ["Trop d’essais" in page for page in pages] == [False] * 10 + [True] * 2
    assert elsewhere["Location"] == "/home/"


def test_one_network_of_ipv6_is_one_address(alice):
    people = [factories.person(f"Personne {number}", f"p{number}@people.example") for number in range(11)]
    pages = [
        text(LookingClient(REMOTE_ADDR=f"2001:db8:1:2::{number + 1:x}").post(reverse("account_login"), {"login": who.email, "password": "wrong"}))
        for number, who in enumerate(people)
    ]  # fmt: skip

    assert "Trop d’essais" in pages[-1]


def test_one_account_cannot_be_tried_from_many_addresses(alice):
    pages = []
    for number in range(6):
        thief = LookingClient(REMOTE_ADDR=f"198.51.{number}.9")
        pages.append(text(thief.post(reverse("account_login"), {"login": alice.email, "password": "wrong"})))

    assert ["Trop d’essais" in page for page in pages] == [False] * 5 + [True]


def ask_for_token(alice, **more):
    return operations.sign_in_for_token(
        email=alice.email, passphrase=factories.PASSPHRASE, name="x", scopes=["me:read"], **more
    )


def test_token_of_who_has_a_factor_needs_it_too(client, alice):
    with_codes(alice)
    typed = {"email": alice.email, "passphrase": factories.PASSPHRASE, "name": "x", "scopes": ["me:read"]}

    def ask(**more):
        answer = client.post("/api/tokens", typed | more, content_type="application/json")
        return answer.status_code, answer.json().get("code")

    found = [ask(), ask(code="000000"), ask(passphrase="wrong", code=code()), ask(code=code())]

    assert found == [(401, "code_needed"), (422, "second_factor_refused"), (401, "sign_in_refused"), (201, None)]
    assert ApiToken.objects.count() == 1


def test_code_of_a_token_serves_once(alice):
    with_codes(alice)
    typed = code()
    ask_for_token(alice, code=typed)

    from archipel.identity.operations import SecondFactorRefused

    with pytest.raises(SecondFactorRefused):
        ask_for_token(alice, code=typed)


def test_passkey_alone_makes_no_token_by_passphrase(alice):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "clé"})

    with pytest.raises(CodeNeeded):
        ask_for_token(alice)


def profile_of(client, **changes):
    return client.post(
        reverse("account-profile"), {"name": "Alice Martin", "language": "fr", "pseudonym": "", **changes}
    )


def test_pseudonym_is_chosen_on_the_profile(client, alice, bob):
    client.force_login(alice)
    profile_of(client, pseudonym="alice.martin")
    client.force_login(bob)
    refused = profile_of(client, name="Bob", pseudonym="alice.martin")

    alice.refresh_from_db()
    bob.refresh_from_db()
    assert (alice.pseudonym, bob.pseudonym, "n’est pas libre" in text(refused)) == ("alice.martin", "", True)


@pytest.mark.parametrize("pseudonym", ["A", "Alice", "a", "1a", "a b", "é-bla", "a" * 31, "a/b", "-ab", "a\nb"])
def test_pseudonym_is_a_name_that_applications_take(alice, pseudonym):
    with pytest.raises(InvalidPseudonym):
        operations.change_profile(person=alice, name="Alice", language="fr", pseudonym=pseudonym)


@pytest.mark.parametrize("pseudonym", ["root", "postmaster", "admin"])
def test_pseudonym_does_not_speak_for_the_host(alice, pseudonym):
    with pytest.raises(PseudonymTaken):
        operations.change_profile(person=alice, name="Alice", language="fr", pseudonym=pseudonym)


def test_pseudonym_once_borne_is_never_given_to_another(alice, bob):
    """An application that knows people by it would open the files of one to the other."""
    for pseudonym in ("alice", "alice2"):
        operations.change_profile(person=alice, name="Alice", language="fr", pseudonym=pseudonym)
    with pytest.raises(PseudonymTaken):
        operations.change_profile(person=bob, name="Bob", language="fr", pseudonym="alice")
    held.forget(alice, "person-x")
    for pseudonym in ("alice", "alice2"):
        with pytest.raises(PseudonymTaken):
            operations.change_profile(person=bob, name="Bob", language="fr", pseudonym=pseudonym)


def test_pseudonym_may_be_taken_back_by_who_had_it(alice):
    for pseudonym in ("alice", "alice2", "", "alice"):
        operations.change_profile(person=alice, name="Alice", language="fr", pseudonym=pseudonym)

    alice.refresh_from_db()
    assert alice.pseudonym == "alice"
