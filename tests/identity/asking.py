# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks to the provider as an application and its browser do, through the test client."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from jwt.algorithms import RSAAlgorithm

from archipel.identity import operations
from archipel.identity.models import Client, Person, SigningKey
from archipel.identity.provider import discovery
from tests import factories

BACK = "https://nuage.example/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPES = ["openid", "profile", "email", "offline_access"]


def registered(name: str = "Nuage", **changes: Any) -> tuple[Client, str]:
    """An application with its secret, registered as the desk does."""
    if not SigningKey.objects.exists():
        factories.signing_key()
    values = {"redirect_uris": [BACK], "scopes": SCOPES} | changes
    return operations.register_client(name=name, by=None, **values)


def let_in(client: Client, *people: Person, through: str = "organisation:a", roles: tuple[str, ...] = ()) -> None:
    for person in people:
        operations.give_entry(client=client, person=person, through=through, roles=roles)


def question(client: Client, **changes: Any) -> dict[str, str]:
    """What an application sends to the authorisation endpoint; ``None`` leaves something out."""
    values = {
        "client_id": client.public_id, "response_type": "code", "redirect_uri": (client.redirect_uris or [BACK])[0],
        "scope": " ".join(client.scopes), "state": "s-1", "nonce": "n-1", "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes  # fmt: skip
    return {key: value for key, value in values.items() if value is not None}


def ask(browser: Any, client: Client, **changes: Any) -> Any:
    """Ask for a code in a browser that came from the application."""
    return browser.get("/oidc/authorize", question(client, **changes), HTTP_SEC_FETCH_SITE="cross-site")


def answered(answer: Any) -> dict[str, str]:
    """What a redirection told the application."""
    assert answer.status_code == 302, answer.content
    return {key: values[0] for key, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def code_for(browser: Any, client: Client, **changes: Any) -> str:
    return answered(ask(browser, client, **changes))["code"]


def basic(client: Client, secret: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{client.public_id}:{secret}".encode()).decode()}


def post(browser: Any, address: str, form: dict[str, str], **headers: str) -> Any:
    return browser.post(address, urlencode(form), content_type="application/x-www-form-urlencoded", **headers)


def redeem(browser: Any, client: Client, secret: str, code: str, /, **changes: Any) -> Any:
    """Exchange a code, and return the answer."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": (client.redirect_uris or [BACK])[0],
        "code_verifier": VERIFIER,
    } | changes  # fmt: skip
    form = {key: value for key, value in form.items() if value is not None}
    return post(browser, "/oidc/token", form, **basic(client, secret))


def refresh(browser: Any, client: Client, secret: str, token: str, **changes: Any) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token} | changes
    return post(browser, "/oidc/token", form, **basic(client, secret))


def tokens(browser: Any, client: Client, secret: str, **changes: Any) -> dict[str, Any]:
    """Everything of one complete sign-in."""
    answer = redeem(browser, client, secret, code_for(browser, client, **changes))
    assert answer.status_code == 200, answer.content
    return answer.json()


def userinfo(browser: Any, access: str) -> Any:
    return browser.get("/oidc/userinfo", HTTP_AUTHORIZATION=f"Bearer {access}")


def introspected(browser: Any, client: Client, secret: str, token: str) -> dict[str, Any]:
    return post(browser, "/oidc/introspect", {"token": token}, **basic(client, secret)).json()


def error_of(answer: Any) -> str:
    """The error of an answer of an endpoint, or told to the application by a redirection."""
    return answered(answer)["error"] if answer.status_code == 302 else answer.json()["error"]


def claims_of(token: str) -> dict[str, Any]:
    """What a token of ours says, its signature checked with the published keys as an application does."""
    key_id = jwt.get_unverified_header(token)["kid"]
    key = next(key for key in discovery.keys()["keys"] if key["kid"] == key_id)
    return jwt.decode(token, RSAAlgorithm.from_jwk(key), algorithms=["RS256"], options={"verify_aud": False})
