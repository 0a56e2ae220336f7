# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two providers, ready to be asked by an application whose people have a session there: ours, and Keycloak."""

from __future__ import annotations

import base64
import hashlib
import html
import http.client
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.serving import ROOT, Served, environment_for, free_port

BACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPE = "openid profile email"
REALM, PASSPHRASE = "bench", "quatre bateaux bleus au port"


class Wrong(Exception):
    """What a provider answered instead of a code or tokens."""


@dataclass(frozen=True)
class Provider:
    """Where to ask; ``cookies`` are those of people with a session, one for each client that asks."""

    name: str
    port: int
    authorize: str
    token: str
    client_id: str
    secret: str
    cookies: list[str] = field(repr=False)


class Asking:
    """One client: a browser with a session and the application behind it, each with a connection it keeps."""

    def __init__(self, provider: Provider, place: int) -> None:
        self.provider, self.cookie = provider, provider.cookies[place]
        self.browser, self.application = (
            http.client.HTTPConnection("127.0.0.1", provider.port, timeout=60) for _ in range(2)
        )
        basic = base64.b64encode(f"{provider.client_id}:{provider.secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}

    def exchange(self) -> dict[str, Any]:
        """Ask for a code and change it into tokens (``Wrong``)."""
        asked = {
            "client_id": self.provider.client_id, "response_type": "code", "redirect_uri": BACK, "scope": SCOPE,
            "state": "s", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "cross-site"}
        status, location, _text = _ask(self.browser, "GET", f"{self.provider.authorize}?{urlencode(asked)}", headers)
        code = parse_qs(urlsplit(location).query).get("code", [""])[0]
        if not code:
            raise Wrong(f"{self.provider.name}: no code, {status} {location}")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        status, _location, text = _ask(self.application, "POST", self.provider.token, self.headers, urlencode(form))
        given: dict[str, Any] = json.loads(text)
        if "id_token" not in given or "access_token" not in given:
            raise Wrong(f"{self.provider.name}: no tokens, {status} {text}")
        return given


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, str, str]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    return answer.status, answer.getheader("Location", ""), text


@contextmanager
def builtin(folder: Path, clients: int) -> Iterator[tuple[Provider, Served]]:
    """Serve what ``./run`` starts: one web process with threads, and the worker."""
    data, port = folder / "data", free_port()
    command = [sys.executable, "-m", "bench.seed", "sign_on", str(clients)]
    subprocess.run(command, check=True, env=environment_for(data, port), cwd=ROOT)
    found = json.loads((data / "bench.json").read_text())
    with Served(data, port) as served:
        yield (
            Provider("builtin", port, "/oidc/authorize", "/oidc/token", found["id"], found["secret"], found["cookies"]),
            served,
        )


def keycloak_of_the_tests() -> Any:
    """Return the module of the tests that fetches and runs a Keycloak; None where this checkout has none."""
    try:
        return importlib.import_module("tests.connectors.keycloak.server")
    except ModuleNotFoundError:
        return None


@contextmanager
def keycloak(module: Any, folder: Path, clients: int) -> Iterator[Provider]:
    """Run a Keycloak with the compiler it has in production, a realm, an application and one person signed in."""
    with module.keycloak(folder, module.MEMORY_AT_FULL_SPEED) as running:
        running.admin("POST", "", json={"realm": REALM, "enabled": True, "sslRequired": "none"})
        application = {"clientId": "nuage", "secret": "only-on-loopback", "redirectUris": [BACK], "publicClient": False}
        running.admin("POST", f"/{REALM}/clients", json=application)
        for place in range(clients):
            known = {
                "username": f"person-{place}", "email": f"person-{place}@bench.example", "emailVerified": True,
                "firstName": "Alix", "lastName": "Abgrall", "enabled": True,
                "credentials": [{"type": "password", "value": PASSPHRASE, "temporary": False}],
            }  # fmt: skip
            running.admin("POST", f"/{REALM}/users", json=known)
        port, path = urlsplit(running.url).port or 0, f"/realms/{REALM}/protocol/openid-connect"
        cookies = [_signed_in(port, f"{path}/auth", f"person-{place}") for place in range(clients)]
        yield Provider("keycloak", port, f"{path}/auth", f"{path}/token", "nuage", "only-on-loopback", cookies)


def _signed_in(port: int, path: str, name: str) -> str:
    """Sign somebody in by Keycloak's form; return the cookies of their session."""
    jar: dict[str, str] = {}
    asked = {"client_id": "nuage", "response_type": "code", "redirect_uri": BACK, "scope": SCOPE, "state": "s"}
    page = _with_cookies(port, jar, "GET", f"{path}?{urlencode(asked)}")
    action = re.search(r'id="kc-form-login"[^>]*action="([^"]+)"', page)
    if not action:
        raise Wrong(f"keycloak: no form to sign in, {page[:200]}")
    parts = urlsplit(html.unescape(action[1]))
    form = {"username": name, "password": PASSPHRASE, "credentialId": ""}
    _with_cookies(port, jar, "POST", f"{parts.path}?{parts.query}", urlencode(form))
    if "KEYCLOAK_IDENTITY" not in jar:
        raise Wrong("keycloak: the form did not sign anybody in")
    return "; ".join(f"{key}={value}" for key, value in jar.items())


def _with_cookies(port: int, jar: dict[str, str], method: str, path: str, body: str | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in jar.items())}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    # Browsers send Secure cookies to this machine without TLS.
    for line in answer.headers.get_all("Set-Cookie") or ():
        key, _, value = line.partition(";")[0].partition("=")
        jar[key] = value
    text = answer.read().decode()
    connection.close()
    return text
