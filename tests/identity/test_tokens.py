# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from django.urls import reverse

from archipel.identity import operations
from archipel.identity.models import SCOPES, ApiToken
from archipel.identity.tokens import TokenAuth, living_token
from archipel.kernel import clock
from tests import factories

pytestmark = pytest.mark.usefixtures("host")


def test_page_shows_a_new_token_once(client, alice):
    client.force_login(alice)
    url = reverse("account-tokens")

    made = client.post(url, {"name": "script", "scopes": ["me:read", "websites:publish"], "days": "90"})
    secret = re.search(r"arc_[\w-]+", made.content.decode())[0]

    assert (living_token(secret).person, living_token(secret).scopes) == (alice, ["me:read", "websites:publish"])
    assert secret not in client.get(url).content.decode()
    assert "no-store" in made["Cache-Control"]


def test_page_asks_for_a_scope(client, alice):
    client.force_login(alice)

    page = client.post(reverse("account-tokens"), {"name": "script", "days": "0"})

    assert (list(page.context["form"].errors), ApiToken.objects.count()) == (["scopes"], 0)


def test_page_revokes_own_tokens_only(client, alice, bob):
    mine, _secret = operations.issue_token(person=alice, name="mine", scopes=["me:read"])
    theirs, _secret = operations.issue_token(person=bob, name="theirs", scopes=["me:read"])
    client.force_login(alice)

    statuses = [
        client.post(reverse("account-token-revoke", args=[token.public_id])).status_code for token in (mine, theirs)
    ]

    assert (statuses, list(ApiToken.objects.filter(revoked_at=None))) == ([302, 404], [theirs])


@pytest.mark.parametrize("rows", [1, 3])
def test_page_asks_the_same_number_of_queries(client, alice, rows, django_assert_num_queries):
    for number in range(rows):
        operations.issue_token(person=alice, name=f"t{number}", scopes=["me:read"])
    client.force_login(alice)

    with django_assert_num_queries(5):
        client.get(reverse("account-tokens"))


def test_api_gives_a_token_for_a_passphrase(client, alice):
    body = {"email": alice.email, "passphrase": factories.PASSPHRASE, "name": "script", "scopes": ["me:read"]}

    given = client.post("/api/tokens", body, content_type="application/json")
    me = client.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {given.json()['token']}")

    assert (given.status_code, given.json()["scopes"], me.status_code) == (201, ["me:read"], 200)
    assert me.json() == {
        "id": alice.public_id, "name": "Alice Martin", "language": "fr", "addresses": ["alice@trois-ponts.example"],
    }  # fmt: skip


def test_api_says_the_same_of_known_and_unknown_addresses(client, alice):
    answers = [
        client.post(
            "/api/tokens",
            {"email": email, "passphrase": "no", "name": "x", "scopes": ["me:read"]},
            content_type="application/json",
        )
        for email in (alice.email, "nobody@x.example")
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "sign_in_refused")] * 2
    assert answers[0].json() == answers[1].json()


def test_api_limits_attempts_of_one_machine(client):
    body = {"passphrase": "no", "name": "x", "scopes": ["me:read"]}
    statuses = [
        client.post("/api/tokens", body | {"email": f"n{i}@x.example"}, content_type="application/json").status_code
        for i in range(25)
    ]

    assert set(statuses[:20]) <= {401}
    assert 429 in statuses


@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Bearer arc_wrong"}, {"HTTP_AUTHORIZATION": "Basic x"}])
def test_api_refuses_without_a_good_token(client, headers):
    assert client.get("/api/me", **headers).status_code == 401


def test_api_refuses_a_session_instead_of_a_token(client, alice):
    client.force_login(alice)

    assert client.get("/api/me").status_code == 401


def test_api_refuses_a_token_without_the_scope(client, alice):
    _token, secret = operations.issue_token(person=alice, name="x", scopes=["websites:publish"])

    answer = client.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert (answer.status_code, answer.json()["details"]) == (403, {"scope": "me:read"})


def test_use_of_a_token_is_dated(client, alice):
    token, secret = operations.issue_token(person=alice, name="x", scopes=["me:read"])

    client.get("/api/me", HTTP_AUTHORIZATION=f"Bearer {secret}")

    token.refresh_from_db()
    assert token.last_used_on == clock.today()


def test_scopes_are_those_of_the_design():
    assert set(SCOPES) == {
        "requests:write", "requests:decide", "waves:write", "agreements:write", "spaces:read", "spaces:write",
        "websites:publish", "organisations:write", "procedures:read", "deletion:confirm", "me:read",
        "launcher", "machines:read", "machines:report",
    }  # fmt: skip
    with pytest.raises(ValueError, match="everything"):
        TokenAuth("everything")
