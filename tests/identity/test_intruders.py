# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody who is nobody here tries on accounts: who has one, a session planted, a mailbox flooded."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, override_settings
from django.urls import reverse

from archipel.identity import operations
from archipel.organisations import operations as organisations
from tests import factories
from tests.identity.factors import sign_in
from tests.identity.mailbox import letters_to
from tests.looking import LookingClient

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"


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


@pytest.fixture
def everybody(alice, bob, charlie):
    """Addresses of every kind: an account, one that is closed, one that never chose a passphrase, one nobody has."""
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.Counted"]):
        for person in (alice, bob):
            person.set_password(factories.PASSPHRASE)
            person.save()
        bob.is_active = False
        bob.save()
        charlie.set_unusable_password()
        charlie.save()
        yield [alice.email, bob.email, charlie.email, "nobody@elsewhere.example"]


def without_what_differs(page, email) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.content.decode()).replace(email, "…")


def asked_of(everybody, ask) -> tuple[set[int], set[str]]:
    """Return how much work each address costs, and what is said of each."""
    work, said = set(), set()
    for email in everybody:
        before = Counted.worked
        page = ask(LookingClient(), email)
        work.add(Counted.worked - before)
        said.add(without_what_differs(page, email))
    return work, said


def test_sign_in_tells_no_kind_of_account_from_another(everybody):
    def ask(browser, email):
        return browser.post(reverse("account_login"), {"login": email, "password": "wrong wrong wrong"})

    work, said = asked_of(everybody, ask)

    assert (work, len(said)) == ({1}, 1)
    assert "Cette adresse et cette phrase de passe ne vont pas ensemble." in said.pop()


def test_sign_in_is_as_limited_where_there_is_no_account(everybody):
    found = set()
    for number, email in enumerate(everybody):
        browser = LookingClient(REMOTE_ADDR=f"198.51.100.{number}")
        pages = [browser.post(reverse("account_login"), {"login": email, "password": "wrong"}) for _ in range(6)]
        found.add(tuple("Trop d’essais" in page.content.decode() for page in pages))

    assert found == {(False, False, False, False, False, True)}


def test_sign_up_tells_no_kind_of_account_from_another(everybody):
    def ask(browser, email):
        typed = {"name": "Nour Haddad", "email": email, "password1": PASSPHRASE, "homepage": ""}
        return browser.post(reverse("account_signup"), typed, follow=True)

    work, said = asked_of(everybody, ask)

    assert (work, len(said)) == ({1}, 1)


def test_reset_tells_no_kind_of_account_from_another(everybody):
    def ask(browser, email):
        return browser.post(reverse("account_reset_password"), {"email": email}, follow=True)

    work, said = asked_of(everybody, ask)

    assert (work, len(said)) == ({0}, 1)


def test_token_tells_no_kind_of_account_from_another(everybody):
    def ask(browser, email):
        typed = {"email": email, "passphrase": "wrong wrong wrong", "name": "x", "scopes": ["me:read"]}
        return browser.post("/api/tokens", typed, content_type="application/json")

    work, said = asked_of(everybody, ask)

    assert (work, len(said)) == ({1}, 1)


def test_passkey_tells_no_kind_of_account_from_another(everybody):
    """An answer that no key gave is refused in the same words, and the challenge asks for nobody."""
    browser = LookingClient()
    said = set()
    for typed in ("{}", '{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"userHandle": "MQ"}}'):
        browser.get(reverse("mfa_login_webauthn"), HTTP_X_REQUESTED_WITH="XMLHttpRequest")
        page = browser.post(reverse("mfa_login_webauthn"), {"credential": typed}, follow=True)
        said.add(without_what_differs(page, "…"))

    assert len(said) == 1


def test_one_machine_cannot_try_the_accounts_of_many_for_a_token(client):
    statuses = [
        client.post(
            "/api/tokens",
            {"email": f"p{number}@people.example", "passphrase": "wrong", "name": "x", "scopes": ["me:read"]},
            content_type="application/json",
        ).status_code
        for number in range(21)
    ]

    assert statuses == [401] * 20 + [429]


def planted_session(browser: Client) -> str:
    """Begin a session as a stranger would plant it, and return its key."""
    session = browser.session
    session["theirs"] = "planted"
    session.save()
    return str(session.session_key)


@pytest.mark.parametrize("way", ["passphrase", "invitation"])
def test_planted_session_opens_nothing_once_somebody_has_entered(client, alice, trois_ponts, way):
    client.get(reverse("account_login"))
    key = planted_session(client)

    if way == "passphrase":
        sign_in(client, alice)
    else:
        organisations.invite(organisation=trois_ponts, email="nour@example.org", role="member", by=alice)
        link = re.search(r"http://testserver(/invitation/\S+)", letters_to("nour@example.org")[0].body)[1]
        client.post(link, {"name": "Nour Haddad", "passphrase": PASSPHRASE})
    thief = Client()
    thief.cookies["session"] = key

    assert [browser.get(reverse("account-profile")).status_code for browser in (client, thief)] == [200, 302]


@pytest.mark.parametrize("known", [True, False])
def test_nobody_floods_the_mailbox_of_another(alice, known):
    """By the pages that write to an address somebody typed, from as many machines as one likes."""
    email = alice.email if known else "nobody@elsewhere.example"
    pages = []
    for number in range(8):
        browser = LookingClient(REMOTE_ADDR=f"198.51.{number}.1")
        typed = {"name": "Nour Haddad", "email": email, "password1": PASSPHRASE, "homepage": ""}
        pages.append(browser.post(reverse("account_signup"), typed).status_code)
        browser = LookingClient(REMOTE_ADDR=f"198.51.{number}.2")
        pages.append(browser.post(reverse("account_reset_password"), {"email": email}).status_code)

    assert (pages[:10], pages[10:]) == ([302] * 10, [200, 429] * 3)
    assert len(letters_to(email)) <= 10


def test_account_nobody_confirmed_is_no_way_to_take_an_address(client, alice):
    """Whoever opens an account with the address of another, first, does not keep its passphrase."""
    thief = Client()
    typed = {"name": "Voleur", "email": "nour@example.org", "password1": PASSPHRASE, "homepage": ""}
    thief.post(reverse("account_signup"), typed)

    person = operations.person_for_confirmed_email(email="nour@example.org", name="Nour Haddad", language="fr")

    assert (person.name, person.has_usable_password()) == ("Nour Haddad", False)
