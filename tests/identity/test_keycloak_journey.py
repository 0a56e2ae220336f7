# SPDX-License-Identifier: AGPL-3.0-or-later
"""Through a real Keycloak: Bob enters an application, Charlie reads why not, Bob is thrown out when he is removed."""

from __future__ import annotations

import re
import time

import pytest
from django.urls import reverse

from archipel.connectors.keycloak.sign_in import KeycloakSignIn
from archipel.host import queries as host_queries
from archipel.identity import operations, queries
from archipel.identity.models import Drift, Person
from archipel.identity.sign_on import own_secret
from archipel.organisations import operations as organisations
from archipel.outbox.worker import drain
from tests import factories
from tests.connectors.keycloak.conftest import real_keycloak, real_realm  # noqa: F401 - fixtures
from tests.connectors.keycloak.realms import emptied, sign_on_of
from tests.connectors.keycloak.relying_party import Browser, Page, RelyingParty, application_listening
from tests.identity import elsewhere
from tests.looking import LookingClient

pytestmark = pytest.mark.server
BACK = "http://127.0.0.1:9/callback"
PASSPHRASE = factories.PASSPHRASE


@pytest.fixture
def portal(db):
    """The portal as Keycloak sees it: what it is told of the end of sessions is kept, and passed on by the test."""
    with application_listening() as (address, heard):
        factories.host(portal_url=address.removesuffix("/out"))
        host_queries.forget_remembered()
        yield heard


@pytest.fixture
def realm(portal, real_keycloak, real_realm, settings):  # noqa: F811 - the fixtures' names
    """A realm that Archipel's worker drives, people signing in there."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    place = emptied(real_realm)
    with elsewhere.chosen(sign_on_of(place), KeycloakSignIn(place, secret=own_secret())):
        yield place


@pytest.fixture
def cast(realm):
    return {
        "alice": factories.person("Alice Martin", "alice@trois-ponts.example"),
        "bob": factories.person("Bob Leroy", "bob@trois-ponts.example"),
        "charlie": factories.person("Charlie Petit", "charlie@elsewhere.example", language="en"),
    }


def signs_in(party, person, browser=None):
    """Sign in as a person does; return the page on the way, or the tokens the application got."""
    browser = browser or Browser()
    page = browser.go(party.address(ui_locales=person.language), BACK)
    led_to = browser.sign_in(page, person.email, PASSPHRASE, BACK) if isinstance(page, Page) else page
    return led_to if isinstance(led_to, Page) else party.tokens(led_to)


def test_bob_enters_charlie_reads_why_not_and_bob_is_out_after_his_removal(realm, cast):
    staff = factories.host_person(name="Staff Morvan", email="staff@lescale.example", roles=["administrator"])
    trois_ponts = factories.organisation(
        name="La ressourcerie des Trois-Ponts", referent=cast["alice"], members=[cast["bob"]]
    )
    with application_listening() as (address, heard):
        cloud, secret = operations.register_client(
            name="Nuage", redirect_uris=[BACK], by=staff, backchannel_logout_uri=address
        )
        access = organisations.open_application(
            organisation=trois_ponts, client=cloud, known_roles=["editor"], by=staff
        )
        organisations.change_access(access=access, roles={"referent": "editor", "member": "editor"}, by=staff)
        operations.push_everything()
        drain()
        party = RelyingParty(realm.issuer, cloud.public_id, secret, BACK)

        tokens = signs_in(party, cast["bob"])
        assert (tokens["claims"]["sub"], tokens["claims"]["roles"]) == (cast["bob"].public_id, ["editor"])
        assert "does not give access to Nuage" in signs_in(party, cast["charlie"]).words
        assert "bonjour@lescale.example" in signs_in(party, cast["charlie"]).words

        began = time.monotonic()
        organisations.remove_person(organisation=trois_ponts, person=cast["bob"], by=cast["alice"])
        drain()
        assert party.userinfo(tokens["access_token"]).status_code == 401
        while not heard and time.monotonic() - began < 60:
            time.sleep(0.05)
        assert (len(heard), time.monotonic() - began < 60) == (1, True)
        assert "ne donne pas accès à Nuage" in signs_in(party, cast["bob"]).words


def test_archipel_s_own_people_sign_in_there_and_are_out_here_when_they_are_there(realm, cast, portal):
    bob = cast["bob"]
    operations.push(kind="realm", object_id="realm")
    operations.push(kind="person", object_id=bob.public_id)
    before = Person.objects.count()
    client = LookingClient(HTTP_HOST="127.0.0.1")
    first = client.get(reverse("account_login"), {"next": reverse("account-profile")})
    address = client.get(first["Location"])["Location"]
    browser, back = Browser(), f"{host_queries.current().portal_url}/account/elsewhere/return/"
    page = browser.go(address, back)
    led_to = browser.sign_in(page, bob.email, PASSPHRASE, back)
    answer = client.get(led_to.removeprefix(host_queries.current().portal_url))
    assert (answer["Location"], Person.objects.count()) == (reverse("account-profile"), before)
    assert client.get(reverse("account-profile")).status_code == 200
    assert client.get(led_to.removeprefix(host_queries.current().portal_url)).status_code == 400

    operations.end_sessions_elsewhere(person=bob)
    drain()
    end = time.monotonic() + 10
    while not portal and time.monotonic() < end:
        time.sleep(0.05)
    forged = re.sub(r"\.[^.]{4}", ".AAAA", portal[0], count=1)
    ended = reverse("account-elsewhere-ended")
    assert LookingClient().post(ended, {"logout_token": forged}, HTTP_HOST="127.0.0.1").status_code == 400
    assert client.get(reverse("account-profile")).status_code == 200
    assert LookingClient().post(ended, {"logout_token": portal[0]}, HTTP_HOST="127.0.0.1").status_code == 200
    assert client.get(reverse("account-profile")).status_code == 302


def test_an_account_from_before_is_adopted_and_not_doubled(realm, cast, real_keycloak):  # noqa: F811 - the fixture's name
    account = {"username": "bob", "email": "bob@trois-ponts.example", "emailVerified": True, "enabled": True}
    real_keycloak.admin("POST", f"/{realm.realm}/users", json=account | {"firstName": "Bob", "lastName": "Leroy"})
    operations.push_everything()
    drain()
    found = real_keycloak.admin("GET", f"/{realm.realm}/users", params={"max": 100}).json()
    emails = sorted(one.get("email", "") for one in found)
    assert emails == sorted(person.email for person in cast.values())
    assert (operations.compare_sign_on().drifted, Person.objects.count()) == (0, 3)


def test_what_an_administrator_changed_there_is_found_adopted_or_repaired(realm, cast, real_keycloak):  # noqa: F811 - the fixture's name
    staff = factories.host_person(name="Staff Morvan", email="staff@lescale.example", roles=["administrator"])
    cloud, _secret = operations.register_client(name="Nuage", redirect_uris=[BACK], by=staff)
    operations.give_entry(client=cloud, person=cast["bob"], through="organisation:a")
    operations.push_everything()
    drain()
    assert operations.compare_sign_on().drifted == 0

    admin, path = real_keycloak.admin, f"/{realm.realm}"
    bob = admin("GET", f"{path}/users", params={"email": cast["bob"].email, "exact": "true"}).json()[0]
    admin("PUT", f"{path}/users/{bob['id']}", json={**bob, "firstName": "Robert", "lastName": ""})
    door = admin("GET", f"{path}/clients", params={"clientId": cloud.public_id}).json()[0]
    admin("PUT", f"{path}/clients/{door['id']}", json={**door, "authenticationFlowBindingOverrides": {"browser": ""}})
    stranger = {"username": "mallory", "email": "mallory@elsewhere.example", "enabled": True}
    admin("POST", f"{path}/users", json=stranger)
    admin("PUT", path, json={**admin("GET", path).json(), "registrationAllowed": True})

    assert operations.compare_sign_on().drifted == 4
    lines = {drift.kind: drift for drift in Drift.objects.all()}
    assert {line.kind for line in queries.today_lines()} == {"drift"}
    assert lines["person"].differences == {"name": {"here": "Bob Leroy", "there": "Robert"}}
    assert lines["client"].differences == {"door": {"here": True, "there": False}}
    assert lines["realm"].differences == {"registration": {"here": False, "there": True}}
    operations.adopt_drift(drift=lines.pop("person"), by=staff)
    for drift in lines.values():
        operations.repair_drift(drift=drift, by=staff)
    drain()
    assert operations.compare_sign_on().drifted == 0
    cast["bob"].refresh_from_db()
    assert (cast["bob"].name, admin("GET", path).json()["registrationAllowed"]) == ("Robert", False)
    assert not admin("GET", f"{path}/users", params={"username": "mallory"}).json()[0]["enabled"]
