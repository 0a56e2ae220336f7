# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in at the place the host chose, and the pages that lead there."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from archipel.connectors.keycloak.fake import FakeSignOn
from archipel.identity import operations
from archipel.identity.models import OutsideSession, Person, SignIn
from archipel.kernel.refusals import Refusal
from archipel.organisations.access import waits_for_second_factor
from tests import factories
from tests.identity import elsewhere
from tests.identity.asking import code_for, let_in, registered

pytestmark = pytest.mark.usefixtures("host")
RETURN = "/account/elsewhere/return/"


@pytest.fixture
def door(host):
    fake = elsewhere.FakeSignIn()
    with elsewhere.chosen(FakeSignOn(), fake):
        yield fake


def asked(client, following=""):
    """Begin to sign in; return the state the other place was given."""
    first = client.get(reverse("account_login"), {"next": following})
    answer = client.get(first["Location"])
    return parse_qs(urlsplit(answer["Location"]).query)["state"][0]


def enter(client, door, person, following="", code="c-1"):
    state = asked(client, following)
    door.codes[code] = person.public_id
    return client.get(RETURN, {"state": state, "code": code})


def signed_in(client):
    return client.get(reverse("account-profile")).status_code == 200


def test_with_builtin_these_addresses_are_not_there(client):
    names = ("account-elsewhere", "account-elsewhere-return")
    assert [client.get(reverse(name)).status_code for name in names] == [404, 404]
    assert client.post(reverse("account-elsewhere-ended")).status_code == 404


def test_the_person_whose_id_the_account_carries_is_signed_in(client, door, bob):
    answer = enter(client, door, bob, following="/account/profile/")
    assert (answer.status_code, answer["Location"], signed_in(client)) == (302, "/account/profile/", True)
    assert Person.objects.count() == 1
    assert door.asked[0]["back_to"] == f"http://testserver{RETURN}"
    assert OutsideSession.objects.get().person == bob


def test_the_session_has_another_key_than_before(client, door, bob):
    client.get(reverse("account-elsewhere"))
    before = client.session.session_key
    enter(client, door, bob)
    assert client.session.session_key != before


def test_a_person_who_was_merged_is_the_kept_one(client, door, alice, bob, staff):
    operations.merge_persons(kept=alice, absorbed=bob, by=staff)
    enter(client, door, bob)
    assert int(client.session["_auth_user_id"]) == alice.pk


@pytest.mark.parametrize("what", ["unknown", "closed", "forgotten"])
def test_an_account_of_nobody_here_is_told_why(client, door, bob, what):
    if what == "closed":
        Person.objects.update(is_active=False)
    if what == "forgotten":
        operations.forget_person(person=bob, pseudonym="P-1")
    if what == "unknown":
        bob.public_id = "nobody"
    answer = enter(client, door, bob)
    assert (answer.status_code, signed_in(client)) == (403, False)
    assert "n’appartient à personne" in answer.content.decode()


def test_an_answer_without_its_question_opens_nothing(client, door, bob):
    door.codes["c-1"] = bob.public_id
    assert client.get(RETURN, {"state": "", "code": "c-1"}).status_code == 400
    asked(client)
    assert client.get(RETURN, {"state": "another", "code": "c-1"}).status_code == 400
    assert not signed_in(client)


def test_an_answer_serves_once(client, door, bob):
    state = asked(client)
    door.codes.update({"c-1": bob.public_id})
    client.get(RETURN, {"state": state, "code": "c-1"})
    assert client.get(RETURN, {"state": state, "code": "c-1"}).status_code == 400


def test_turning_back_a_false_code_and_silence_are_told(client, door):
    state = asked(client)
    assert client.get(RETURN, {"state": state, "error": "access_denied"}).status_code == 403
    state = asked(client)
    assert client.get(RETURN, {"state": state, "code": "invented"}).status_code == 400
    state, door.silent = asked(client), True
    assert client.get(RETURN, {"state": state, "code": "c"}).status_code == 503


def test_nobody_is_led_to_another_site(client, door, bob):
    for number, address in enumerate(("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1")):
        assert "evil" not in enter(client, door, bob, following=address, code=f"c-{number}")["Location"]


def test_passphrases_typed_here_open_nothing(client, door, bob):
    typed = {"login": bob.email, "password": factories.PASSPHRASE}
    answer = client.post(reverse("account_login"), typed)
    assert (answer["Location"].startswith(reverse("account-elsewhere")), signed_in(client)) == (True, False)
    with pytest.raises(Refusal):
        operations.sign_in_for_token(
            email=bob.email, passphrase=factories.PASSPHRASE, name="x", scopes=["me:read"], address="203.0.113.1"
        )


@pytest.mark.parametrize(
    "name", ["account_change_password", "account_reset_password", "mfa_index", "mfa_list_webauthn"]
)
def test_pages_about_passphrases_lead_there(client, door, bob, name):
    client.force_login(bob)
    assert client.get(reverse(name))["Location"] == "https://sign-in.example/account/"


def test_signing_out_goes_on_there(client, door, bob):
    enter(client, door, bob)
    answer = client.post(reverse("account_logout"))
    assert (signed_in(client), "https://sign-in.example/out?hint=id-" in answer.content.decode()) == (False, True)


def test_a_session_that_ends_there_ends_here_with_all_that_came_of_it(client, door, bob, charlie):
    other = type(client)()
    enter(client, door, bob)
    enter(other, door, charlie, code="c-2")
    cloud, _secret = registered()
    let_in(cloud, bob)
    code_for(client, cloud)
    posted = type(client)().post(reverse("account-elsewhere-ended"), {"logout_token": "ends:sid-c-1"})
    assert (posted.status_code, signed_in(client), signed_in(other)) == (200, False, True)
    assert SignIn.objects.filter(ended_at=None).count() == 0


def test_only_what_the_other_place_signed_ends_sessions(client, door, bob):
    enter(client, door, bob)
    for token in ("", "invented"):
        assert client.post(reverse("account-elsewhere-ended"), {"logout_token": token}).status_code == 400
    door.silent = True
    assert client.post(reverse("account-elsewhere-ended"), {"logout_token": "ends:sid-c-1"}).status_code == 503
    assert signed_in(client)


def test_second_factors_are_the_other_place_s(door, staff):
    factories.second_factor_for("administrator")
    assert waits_for_second_factor(staff) == frozenset()


def test_old_rows_of_sessions_are_forgotten(client, door, bob):
    enter(client, door, bob)
    OutsideSession.objects.update(since="2020-01-01T00:00:00Z")
    assert (operations.purge_outside_sessions(), OutsideSession.objects.count()) == (1, 0)
