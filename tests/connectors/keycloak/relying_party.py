# SPDX-License-Identifier: AGPL-3.0-or-later
"""An application of others (authlib) that people sign in to through Keycloak, and a browser without a screen."""

from __future__ import annotations

import html
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken


@dataclass
class Page:
    """What a person sees when they were not led back to the application."""

    status: int
    text: str

    @property
    def words(self) -> str:
        shown = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", self.text)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", shown)))


@dataclass
class Browser:
    """Follows redirections until the application's own address."""

    session: requests.Session = field(default_factory=requests.Session)

    def go(self, address: str, back_to: str) -> Page | str:
        """Return the address in the application that one is led to, or the page on the way."""
        return self._follow(self._ask("GET", address), back_to)

    def sign_in(self, page: Page, name: str, passphrase: str, back_to: str) -> Page | str:
        action = html.unescape(re.search(r'id="kc-form-login"[^>]*action="([^"]+)"', page.text)[1])
        form = {"username": name, "password": passphrase, "credentialId": ""}
        return self._follow(self._ask("POST", action, data=form), back_to)

    def _ask(self, method: str, address: str, **parts) -> requests.Response:
        answer = self.session.request(method, address, allow_redirects=False, timeout=60, **parts)
        for cookie in self.session.cookies:
            cookie.secure = False  # browsers send them to this machine without TLS, this library does not
        return answer

    def _follow(self, answer: requests.Response, back_to: str) -> Page | str:
        while answer.is_redirect:
            location = answer.headers["Location"]
            if location.startswith(back_to):
                return location
            answer = self._ask("GET", location)
        return Page(answer.status_code, answer.text)


class RelyingParty:
    def __init__(self, issuer: str, client_id: str, secret: str, back_to: str) -> None:
        self.back_to = back_to
        known = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
        self.known, self.client_id = known, client_id
        self._session = OAuth2Session(
            client_id, secret, redirect_uri=back_to, scope="openid profile email", code_challenge_method="S256"
        )
        self._verifier, self._nonce, self._state = "", "", ""

    def address(self, **more: str) -> str:
        """Return where the browser is led to sign in."""
        self._verifier, self._nonce = generate_token(48), generate_token(20)
        address, self._state = self._session.create_authorization_url(
            self.known["authorization_endpoint"], code_verifier=self._verifier, nonce=self._nonce, **more
        )
        return address

    def tokens(self, led_to: str) -> dict:
        """Change the code of an answer into tokens, checked as OpenID Connect Core 3.1.3.7 asks."""
        answer = parse_qs(urlsplit(led_to).query)
        assert answer.get("state") == [self._state], led_to
        tokens = self._session.fetch_token(
            self.known["token_endpoint"], authorization_response=led_to, code_verifier=self._verifier
        )
        keys = JsonWebKey.import_key_set(requests.get(self.known["jwks_uri"], timeout=30).json())
        claims = jwt.decode(
            tokens["id_token"], keys, claims_cls=CodeIDToken,
            claims_options={"iss": {"value": self.known["issuer"]}, "aud": {"value": self.client_id}},
            claims_params={"nonce": self._nonce, "client_id": self.client_id},
        )  # fmt: skip
        claims.validate(leeway=5)
        return {**tokens, "claims": dict(claims)}

    def refresh(self, refresh_token: str) -> dict:
        return self._session.refresh_token(self.known["token_endpoint"], refresh_token=refresh_token)

    def userinfo(self, access_token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return requests.get(self.known["userinfo_endpoint"], headers=headers, timeout=30)


@contextmanager
def application_listening():
    """Run the part of an application that is told of the end of a session; gives its address and the tokens it got."""
    heard: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.extend(parse_qs(body)["logout_token"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/out", heard
    finally:
        server.shutdown()
        server.server_close()
