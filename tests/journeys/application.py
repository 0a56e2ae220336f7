# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small application of others, built with authlib, that only lets in who signs in at the house, on this computer."""

from __future__ import annotations

import html
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebToken
from authlib.oidc.core import CodeIDToken

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
PAGE = '<!doctype html><html lang="fr"><title>{title}</title><h1>{title}</h1><p>{words}</p></html>'


class Application:
    """``/`` greets who is in and sends everybody else to the house; ``/backchannel`` throws out who may no longer be."""

    def __init__(self) -> None:
        self.inside: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, str] = {}
        self.told: list[dict[str, Any]] = []
        self.known: dict[str, Any] = {}
        self.client_id = self.secret = self.organisation = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def connect(self, house: str, client_id: str, secret: str) -> None:
        """Learn where the house is, as the administrator of an application types it."""
        self.known = requests.get(f"{house}/.well-known/openid-configuration", timeout=10).json()
        self.client_id, self.secret = client_id, secret

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def where_to_sign_in(self, browser: str) -> str:
        """Return the address at the house; the verifier stays here."""
        verifier = secrets.token_urlsafe(48)
        address, state = self._session().create_authorization_url(
            self.known["authorization_endpoint"], code_verifier=verifier, nonce=browser
        )
        self.asked[state] = verifier
        return str(address)

    def welcome(self, browser: str, path: str) -> str:
        """Take the answer of the house; return why nobody came in, empty when somebody did."""
        answer = {key: values[0] for key, values in parse_qs(urlsplit(path).query).items()}
        verifier = self.asked.pop(answer.get("state", ""), "")
        if not verifier or "code" not in answer:
            return answer.get("error", "unknown state")
        token = self._session().fetch_token(
            self.known["token_endpoint"], code=answer["code"], code_verifier=verifier, grant_type="authorization_code"
        )
        wanted = {"iss": {"value": self.known["issuer"]}, "aud": {"value": self.client_id}}
        claims = JsonWebToken(["RS256"]).decode(
            token["id_token"], self._keys(), claims_cls=CodeIDToken, claims_options=wanted, claims_params={"nonce": browser}
        )  # fmt: skip
        claims.validate(leeway=5)
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        told = requests.get(self.known["userinfo_endpoint"], headers=headers, timeout=10).json()
        self.inside[browser] = {**told, "sid": claims["sid"]}
        return ""

    def hear(self, logout_token: str) -> None:
        """Throw somebody out (OpenID Connect Back-Channel Logout 1.0, section 2.6)."""
        claims = JsonWebToken(["RS256"]).decode(logout_token, self._keys())
        assert (claims["iss"], claims["aud"]) == (self.known["issuer"], self.client_id)
        assert LOGOUT in claims["events"] and "nonce" not in claims
        self.told.append(dict(claims))
        for browser in [browser for browser, told in self.inside.items() if told["sid"] == claims["sid"]]:
            del self.inside[browser]

    def _keys(self) -> Any:
        return requests.get(self.known["jwks_uri"], timeout=10).json()

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self.client_id, self.secret, redirect_uri=f"{self.address}/callback", scope="openid profile email",
            code_challenge_method="S256",
        )  # fmt: skip


def _handler_of(served: Application) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (Handler,), {"application": served})


class Handler(BaseHTTPRequestHandler):
    application: Application

    def do_GET(self) -> None:
        browser = self._browser()
        if self.path.startswith("/callback"):
            problem = self.application.welcome(browser, self.path) if browser else "no cookie"
            self._page(403, "Non", problem) if problem else self._lead("/")
        elif told := self.application.inside.get(browser):
            self._page(200, f"Bonjour {told['name']}", ", ".join(told["roles"]))
        elif self.path == "/":
            browser = browser or secrets.token_urlsafe(16)
            self._lead(self.application.where_to_sign_in(browser), browser)
        else:
            self._page(404, "Rien", "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.application.hear(parse_qs(body)["logout_token"][0])
        self._page(200, "Entendu", "")

    def _browser(self) -> str:
        pairs = [pair.strip().partition("=") for pair in self.headers.get("Cookie", "").split(";")]
        return next((value for name, _, value in pairs if name == "comptes"), "")

    def _lead(self, address: str, browser: str = "") -> None:
        self.send_response(302)
        self.send_header("Location", address)
        if browser:
            self.send_header("Set-Cookie", f"comptes={browser}; HttpOnly; SameSite=Lax; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _page(self, status: int, title: str, words: str) -> None:
        body = PAGE.format(title=html.escape(title), words=html.escape(words)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""
