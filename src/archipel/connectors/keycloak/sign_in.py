# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archipel as an application of the realm: code and proof key, tokens checked, told of the end of a session.

OpenID Connect Core 1.0 (3.1), RFC 7636, RP-Initiated Logout 1.0, Back-Channel Logout 1.0.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

import jwt
import requests

from archipel.connectors.keycloak.client import Place
from archipel.connectors.keycloak.mappers import MARK
from archipel.connectors.keycloak.realm import SIGN_IN_CLIENT
from archipel.identity.ports import BAD_INPUT, SignedIn
from archipel.kernel.outside import RefusedOutside, TryLater

ALGORITHMS = ["RS256", "PS256", "ES256"]
REMEMBERED = 600.0
# A person waits for the answer.
TIMEOUT = (3, 10)
LEEWAY = 10
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class KeycloakSignIn:
    def __init__(self, place: Place, *, secret: str) -> None:
        self._place = place
        self._secret = secret
        self._keys: tuple[float, dict[str, Any]] = (0.0, {})

    def address(self, *, back_to: str, state: str, nonce: str, challenge: str, language: str) -> str:
        asked = {
            "client_id": SIGN_IN_CLIENT,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": back_to,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{self._at('auth')}?{urlencode(asked)}"

    def exchange(self, *, code: str, back_to: str, verifier: str, nonce: str) -> SignedIn:
        answer = self._send(
            "POST",
            self._at("token"),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back_to,
                "code_verifier": verifier,
                "client_id": SIGN_IN_CLIENT,
                "client_secret": self._secret,
            },
        )
        token = str(answer.get("id_token", ""))
        claims = self._claims(token, ["exp", "iat", "sub", "sid"])
        if not nonce or claims.get("nonce") != nonce:
            raise RefusedOutside(BAD_INPUT, "the token answers another question")
        amr = claims.get("amr") or ()
        return SignedIn(
            person_id=str(claims.get(MARK, "")),
            sid=str(claims["sid"]),
            auth_time=int(claims.get("auth_time", claims["iat"])),
            amr=tuple(str(one) for one in amr),
            id_token=token,
        )

    def sign_out_address(self, *, id_token: str, back_to: str) -> str:
        asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back_to, "client_id": SIGN_IN_CLIENT}
        return f"{self._at('logout')}?{urlencode(asked)}"

    def ended_session(self, logout_token: str) -> str:
        claims = self._claims(logout_token, ["iat", "sid", "events"])
        if LOGOUT_EVENT not in claims["events"] or "nonce" in claims:
            raise RefusedOutside(BAD_INPUT, "no logout token")
        return str(claims["sid"])

    def account_address(self) -> str:
        return f"{self._place.issuer}/account/"

    def _at(self, endpoint: str) -> str:
        return f"{self._place.issuer}/protocol/openid-connect/{endpoint}"

    def _claims(self, token: str, required: list[str]) -> dict[str, Any]:
        try:
            key = self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            return jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=SIGN_IN_CLIENT,
                issuer=self._place.issuer,
                leeway=LEEWAY,
                options={"require": required},
            )
        except jwt.PyJWTError as error:
            raise RefusedOutside(BAD_INPUT, f"the token does not hold ({type(error).__name__})") from None

    def _key(self, kid: str) -> Any:
        read_at, known = self._keys
        # Asked again for a key that is not known, but not at every call of somebody who invents names of keys.
        if (kid not in known and time.monotonic() - read_at > 5) or time.monotonic() - read_at > REMEMBERED:
            answer = self._send("GET", self._at("certs"))
            known = {str(one.key_id): one.key for one in jwt.PyJWKSet.from_dict(answer).keys}
            self._keys = (time.monotonic(), known)
        if kid not in known:
            raise RefusedOutside(BAD_INPUT, "signed with a key of nobody")
        return known[kid]

    def _send(self, method: str, address: str, **parts: Any) -> dict[str, Any]:
        try:
            answer = requests.request(method, address, timeout=TIMEOUT, allow_redirects=False, **parts)
            body = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise TryLater(f"Keycloak did not answer ({type(error).__name__})") from None
        if answer.status_code >= 500:
            raise TryLater(f"Keycloak answered {answer.status_code}")
        if answer.status_code != 200:
            raise RefusedOutside(BAD_INPUT, f"Keycloak answered {answer.status_code} {body.get('error', '')}")
        return dict(body)
