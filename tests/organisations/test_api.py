# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re

import pytest

from archipel.identity import operations as identity
from archipel.organisations import operations, queries
from tests import factories
from tests.identity.mailbox import letters_to

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"


def bearer(person, *scopes):
    _token, secret = identity.issue_token(person=person, name="tests", scopes=scopes or ["organisations:write"])
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def post(client, path, body, **headers):
    return client.post(f"/api{path}", body, content_type="application/json", **headers)


def token_sent_to(email):
    return re.search(r"/invitation/([^/\s]+)/", letters_to(email)[0].body)[1]


def test_invite_member(client, trois_ponts, alice):
    answer = post(
        client,
        f"/organisations/{trois_ponts.public_id}/invitations",
        {"email": "emile@trois-ponts.example", "role": "member"},
        **bearer(alice),
    )

    assert (answer.status_code, answer.json()["email"]) == (201, "emile@trois-ponts.example")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "bob@trois-ponts.example", "role": "member"}, 409, "already_member"),
        ({"email": "no", "role": "member"}, 422, "invalid_address"),
        ({"email": "x@y.example", "role": "king"}, 422, "role_does_not_fit"),
    ],
)
def test_invite_member_answers_a_refusal_with_its_code(client, trois_ponts, alice, body, status, code):
    answer = post(client, f"/organisations/{trois_ponts.public_id}/invitations", body, **bearer(alice))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_invite_member_is_for_referents(client, trois_ponts, bob, charlie):
    body = {"email": "x@y.example", "role": "member"}
    path = f"/organisations/{trois_ponts.public_id}/invitations"

    statuses = [post(client, path, body, **headers).status_code for headers in ({}, bearer(bob), bearer(charlie))]

    assert statuses == [401, 403, 404]


def test_invite_member_needs_its_scope(client, trois_ponts, alice):
    answer = post(
        client,
        f"/organisations/{trois_ponts.public_id}/invitations",
        {"email": "x@y.example", "role": "member"},
        **bearer(alice, "me:read"),
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_remove_member(client, trois_ponts, alice, bob):
    answer = client.delete(f"/api/organisations/{trois_ponts.public_id}/people/{bob.public_id}", **bearer(alice))

    assert (answer.status_code, queries.roles_of(bob)) == (204, [])


def test_remove_member_refuses_the_last_referent(client, trois_ponts, alice):
    answer = client.delete(f"/api/organisations/{trois_ponts.public_id}/people/{alice.public_id}", **bearer(alice))

    assert (answer.status_code, answer.json()["code"]) == (409, "last_referent")


def test_remove_member_hides_strangers(client, trois_ponts, alice, bob, charlie):
    path = f"/api/organisations/{trois_ponts.public_id}/people"

    statuses = [
        client.delete(f"{path}/{bob.public_id}", **bearer(charlie)).status_code,
        client.delete(f"{path}/{alice.public_id}", **bearer(bob)).status_code,
        client.delete(f"{path}/nobody", **bearer(alice)).status_code,
        client.delete(f"{path}/{charlie.public_id}", **bearer(alice)).status_code,
    ]

    assert statuses == [404, 403, 404, 409]


def test_accept_invitation_without_account(client, trois_ponts, alice):
    operations.invite(organisation=trois_ponts, email="emile@trois-ponts.example", role="member", by=alice)
    body = {"token": token_sent_to("emile@trois-ponts.example"), "name": "Émile", "passphrase": PASSPHRASE}

    first, again = post(client, "/invitations/accept", body), post(client, "/invitations/accept", body)

    assert (first.status_code, [row["role"] for row in first.json()["organisations"]]) == (200, ["member"])
    assert (again.status_code, again.json()["code"]) == (410, "invitation_used")


def test_accept_invitation_with_an_account(client, trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)
    body = {"token": token_sent_to(charlie.email)}

    refused = post(client, "/invitations/accept", body)
    wrong = post(client, "/invitations/accept", body, HTTP_AUTHORIZATION="Bearer arc_wrong")
    accepted = post(client, "/invitations/accept", body, **bearer(charlie))

    assert [(refused.status_code, refused.json()["code"]), wrong.status_code, accepted.status_code] == [
        (409, "sign_in_first"), 401, 200,
    ]  # fmt: skip


def test_list_organisations_and_people(client, trois_ponts, bob):
    factories.organisation(name="Le Lavoir")
    headers = bearer(bob, "me:read")

    mine = client.get("/api/organisations", **headers).json()
    people = client.get(f"/api/organisations/{trois_ponts.public_id}/people", **headers).json()

    assert [(row["name"], row["role"]) for row in mine] == [("La ressourcerie des Trois-Ponts", "member")]
    assert [(row["name"], row["role"]) for row in people] == [("Alice Martin", "referent"), ("Bob Leroy", "member")]
