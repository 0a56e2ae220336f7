# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small OpenID provider for tests that lies when it is told to: every check of our must-use plugin meets what it is there for."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def a_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@dataclass
class Person:
    sub: str
    name: str = "Alice Martin"
    email: str = "alice@trois-ponts.example"
    roles: list[str] | None = field(default_factory=lambda: ["administrator"])
    email_verified: bool = True


@dataclass
class Issuer:
    """``claims`` replaces claims of the next ID tokens (None takes one away); ``signer`` signs otherwise than usual."""

    address: str
    client_id: str
    secret: str
    keys: dict[str, RSAPrivateKey] = field(default_factory=lambda: {"one": a_key()})
    signs_with: str = "one"
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str | None] = field(default_factory=dict)
    signer: Any = None
    names_itself: str = ""
    silent: bool = False
    person: Person = field(default_factory=lambda: Person("sub-alice"))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def honest(self) -> None:
        """Forget all lies."""
        self.claims, self.userinfo, self.answer, self.signer, self.silent, self.names_itself = (
            {},
            {},
            {},
            None,
            False,
            "",
        )
        self.signs_with = next(iter(self.keys))

    def authorize(self, asked: dict[str, str]) -> str:
        """Return the address the browser is led back to, as after a sign-in of ``person``."""
        self.asked.append(asked)
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        answer: dict[str, str | None] = {"code": code, "state": asked["state"], "iss": self.address, **self.answer}
        return (
            f"{asked['redirect_uri']}?{urlencode({key: value for key, value in answer.items() if value is not None})}"
        )

    def tokens(self, form: dict[str, str], login: str) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
        if login != f"{self.client_id}:{self.secret}":
            return 401, {"error": "invalid_client"}
        asked = self.codes.get(form["code"])
        proof = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            .decode()
            .rstrip("=")
        )
        if asked is None or form["code"] in self.used or proof != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        self.used.add(form["code"])
        access = secrets.token_urlsafe(24)
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(asked["nonce"], access)}

    def id_token(self, nonce: str, access: str) -> str:
        now = int(time.time())
        half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).decode().rstrip("=")
        usual = {
            "iss": self.address, "sub": self.person.sub, "aud": self.client_id, "iat": now, "exp": now + 600,
            "auth_time": now, "nonce": nonce, "at_hash": half, "sid": f"sid-{self.person.sub}-{secrets.token_hex(4)}",
        }  # fmt: skip
        if self.person.roles is not None:
            usual["roles"] = self.person.roles
        return self.sign(usual | self.claims)

    def logout_token(self, **changed: Any) -> str:
        now = int(time.time())
        usual = {
            "iss": self.address, "aud": self.client_id, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8),
            "events": {EVENT: {}}, "sub": self.person.sub,
        }  # fmt: skip
        return self.sign(usual | changed, kind="logout+jwt")

    def sign(self, claims: dict[str, Any], kind: str = "JWT") -> str:
        told = {key: value for key, value in claims.items() if value is not None}
        if self.signer:
            return str(self.signer(told))
        return jwt.encode(told, self.keys[self.signs_with], "RS256", headers={"kid": self.signs_with, "typ": kind})

    def document(self) -> dict[str, Any]:
        at = self.address
        return {
            "issuer": self.names_itself or at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo", "jwks_uri": f"{at}/keys", "end_session_endpoint": f"{at}/end",
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def key_set(self) -> dict[str, Any]:
        return {
            "keys": [
                {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", "alg": "RS256"}
                for kid, key in self.keys.items()
            ]
        }

    def about_person(self) -> dict[str, Any]:
        person = self.person
        told = {"sub": person.sub, "name": person.name, "email": person.email, "email_verified": person.email_verified}
        return told | self.userinfo


@contextmanager
def serving(issuer: Issuer, host: str, port: int) -> Iterator[Issuer]:
    """Let it answer at an address of the network this thread stands in."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            issuer.reads.append(path)
            if path == "/moved":
                self.send_response(302)
                self.send_header("Location", f"{issuer.address}/keys")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            answers = {
                "/.well-known/openid-configuration": issuer.document,
                "/keys": issuer.key_set,
                "/userinfo": issuer.about_person,
            }
            self._say(*((200, answers[path]()) if path in answers and not issuer.silent else (503, {})))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            login = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            self._say(*issuer.tokens(form, login))

        def _say(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, port), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
