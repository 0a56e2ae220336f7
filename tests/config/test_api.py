# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs read every refusal in one shape, in the language they ask for."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
WRONG_KINDS = {"email": "string_type", "passphrase": "missing", "name": "missing", "scopes": "missing"}


def _asked(client, body: str | bytes, language: str = "fr", path: str = "/api/tokens"):
    answer = client.post(path, body, content_type="application/json", headers={"accept-language": language})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("body", ["{bad", b"\xff\xfe"])
def test_body_that_is_no_json_is_refused_in_words(client, host, body):
    message = "Ce qui a été envoyé n’a pas pu être lu\u00a0: il faut du JSON en UTF-8."
    assert _asked(client, body) == (422, {"code": "unreadable", "message": message, "field": "", "details": {}})


def test_fields_that_are_missing_or_of_another_kind_are_named(client, host):
    status, answer = _asked(client, '{"email": 1}', "en")

    assert (status, answer["code"], answer["field"]) == (422, "not_as_expected", "email")
    assert answer["details"] == {"fields": WRONG_KINDS}
    assert answer["message"] == "Missing, or not of the kind that is expected: email, passphrase, name, scopes."


def test_fields_inside_fields_and_in_the_address_are_named(client, host):
    whole = {"email": "a@b.example", "passphrase": "x", "name": "x", "scopes": [1]}
    answer = client.post("/api/tokens", whole, content_type="application/json").json()
    assert answer["details"] == {"fields": {"scopes.0": "string_type"}}


def test_body_that_is_too_long_is_refused_in_words(client, host, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    status, answer = _asked(client, b" " * 1001, "en")
    assert (status, answer["code"], answer["message"]) == (
        413,
        "request_too_long",
        "What was sent is too long to be read.",
    )


def test_without_a_token_says_what_to_send(client, host):
    answer = client.get("/api/me", headers={"accept-language": "en"})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.json()["message"] == "A valid token is needed: send it as “Authorization: Bearer …”."
