# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody with bad intentions tries on single sign-on, one test each."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from django.test import Client as Browser

from archipel.identity import operations, signing
from archipel.identity.models import Consent, IssuedToken, SignIn
from tests import factories
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def other(bob):
    """Another application that Bob may enter, with its secret."""
    made = asking.registered("Forum", redirect_uris=["https://forum.example/callback"])
    asking.let_in(made[0], bob)
    return made


def test_a_code_of_one_application_is_nothing_at_another(inside, cloud, other):
    code = asking.code_for(inside, cloud[0])

    stolen = asking.redeem(inside, *other, code, redirect_uri=asking.BACK)

    assert asking.error_of(stolen) == "invalid_grant"
    assert asking.redeem(inside, *cloud, code).status_code == 200


def test_a_refresh_token_of_one_application_is_nothing_at_another(inside, cloud, other):
    given = asking.tokens(inside, *cloud)

    stolen = asking.refresh(inside, *other, given["refresh_token"])

    assert asking.error_of(stolen) == "invalid_grant"
    assert asking.refresh(inside, *cloud, given["refresh_token"]).status_code == 200


def test_an_application_learns_nothing_of_the_tokens_of_another(inside, cloud, other):
    given = asking.tokens(inside, *cloud)

    assert [asking.introspected(inside, *other, given[kind]) for kind in ("access_token", "refresh_token")] == [
        {"active": False},
        {"active": False},
    ]


def test_an_application_revokes_no_token_of_another(inside, cloud, other):
    given = asking.tokens(inside, *cloud)

    for kind in ("access_token", "refresh_token"):
        asking.post(inside, "/oidc/revoke", {"token": given[kind]}, **asking.basic(*other))

    assert asking.userinfo(inside, given["access_token"]).status_code == 200


def test_a_token_of_an_application_is_none_for_the_api_of_the_house(inside, cloud):
    given = asking.tokens(inside, *cloud)

    answer = Browser().get("/api/me", HTTP_AUTHORIZATION=f"Bearer {given['access_token']}")

    assert answer.status_code == 401


def test_a_token_for_programs_is_none_for_userinfo(client, bob):
    _row, secret = operations.issue_token(person=bob, name="script", scopes=["me:read"])

    assert asking.userinfo(client, secret).status_code == 401


def test_a_token_without_a_signature_is_not_read(inside, cloud):
    """``none``, and our public key used as if it were a shared secret."""
    claims = jwt.decode(asking.tokens(inside, *cloud)["id_token"], options={"verify_signature": False})
    row = signing.key_in_use()
    none = jwt.encode(claims, None, algorithm="none", headers={"kid": row.key_id})
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": row.key_id}).encode()).decode().rstrip("=")
    confused = f"{head}.{none.split('.')[1]}.AAAA"

    assert [signing.read(token) for token in (none, confused, "", "a.b.c")] == [None] * 4
    for token in (none, confused):
        assert asking.error_of(asking.ask(inside, cloud[0], id_token_hint=token)) == "invalid_request"


def test_a_stolen_refresh_token_ends_the_sign_in_for_thief_and_owner(inside, cloud):
    given = asking.tokens(inside, *cloud)
    thief = asking.refresh(inside, *cloud, given["refresh_token"]).json()

    owner = asking.refresh(inside, *cloud, given["refresh_token"])

    assert asking.error_of(owner) == "invalid_grant"
    assert asking.userinfo(inside, thief["access_token"]).status_code == 401
    assert IssuedToken.objects.count() == 0


def test_a_code_without_its_proof_key_is_worth_nothing(inside, cloud):
    code = asking.code_for(inside, cloud[0])

    assert asking.error_of(asking.redeem(inside, *cloud, code, code_verifier="a" * 43)) == "invalid_grant"
    assert IssuedToken.objects.count() == 0


def test_consent_is_not_given_by_a_page_of_somebody_else(bob):
    forum, _secret = asking.registered("Forum", asks_consent=True)
    asking.let_in(forum, bob)
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(bob)
    page = asking.ask(browser, forum)

    forged = browser.post("/oidc/consent", {"asked": page.context["asked"], "answer": "allow"})

    assert (forged.status_code, Consent.objects.count(), SignIn.objects.count()) == (403, 0, 0)


def test_nobody_is_signed_out_by_a_page_of_somebody_else(cloud, bob):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(bob)

    browser.get("/oidc/end-session", {"client_id": cloud[0].public_id})
    browser.post("/oidc/end-session", {"client_id": cloud[0].public_id})
    forged = browser.post("/oidc/leave", {"asked": ""})

    assert (forged.status_code, "_auth_user_id" in browser.session) == (403, True)


def test_the_sign_in_page_leads_nowhere_else(client, bob):
    typed = {"login": bob.email, "password": factories.PASSPHRASE, "next": "https://evil.example/oidc/authorize"}

    answer = client.post("/account/login/", typed)

    assert answer["Location"] == "/home/"


def test_the_issuer_is_never_what_a_request_says(client):
    factories.signing_key()

    told = client.get("/.well-known/openid-configuration", HTTP_HOST="localhost").json()

    assert {told["issuer"], *{value[:17] for key, value in told.items() if key.endswith("_endpoint")}} == {
        "http://testserver"
    }


def test_no_answer_of_an_endpoint_is_lent_to_cookies(inside, cloud):
    """Scripts of any page may call; none of them gets what a cookie would open."""
    answers = [
        inside.get("/oidc/userinfo", HTTP_ORIGIN="https://evil.example"),
        asking.post(inside, "/oidc/token", {"grant_type": "client_credentials"}, HTTP_ORIGIN="https://evil.example"),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert ["Access-Control-Allow-Credentials" in answer for answer in answers] == [False, False]


def test_pages_that_open_doors_are_shown_in_no_frame(inside, bob):
    forum, _secret = asking.registered("Forum", asks_consent=True)
    asking.let_in(forum, bob)

    page = asking.ask(inside, forum)

    assert (page.status_code, "frame-ancestors 'none'" in page["Content-Security-Policy"]) == (200, True)
