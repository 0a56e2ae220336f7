# SPDX-License-Identifier: AGPL-3.0-or-later
"""A browser without a screen before a WordPress: it stands where the proxy would, in the network of the engine."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import requests

from tests.connectors.wordpress.issuer import Issuer
from tests.engine.namespaces import Namespace


@dataclass
class Visitor:
    """``at``: where the container is reached; ``address``: the host name of the website."""

    namespace: Namespace
    at: str
    address: str
    issuer: Issuer
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, **parts) -> requests.Response:
        """Ask as the proxy does: by the website's name, saying that the visitor came by TLS. No redirection is followed."""
        told = {"Host": self.address, "X-Forwarded-Proto": "https", **(headers or {})}
        path = path.removeprefix(f"https://{self.address}")
        with self.namespace.entered():
            answer = self.session.request(
                method, f"http://{self.at}{path}", headers=told, allow_redirects=False, timeout=60, **parts
            )
        for cookie in self.session.cookies:
            cookie.secure = False  # browsers send them over TLS; this one stands behind the proxy
        return answer

    def begin(self, path: str = "/archipel/sign-in") -> dict[str, str]:
        """Begin to sign in and return what the issuer is asked."""
        answer = self.ask(path)
        assert answer.status_code == 302, answer.text[-800:]
        assert answer.headers["Location"].startswith(f"{self.issuer.address}/authorize?")
        return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def sign_in(self, path: str = "/archipel/sign-in") -> requests.Response:
        """Sign in as the person of the issuer and return the answer to the way back."""
        return self.ask(self.issuer.authorize(self.begin(path)))

    def is_in(self) -> bool:
        """Return whether the dashboard opens."""
        return self.ask("/wp-admin/profile.php").status_code == 200

    def rest(self, path: str, method: str = "GET", **parts) -> requests.Response:
        """Ask WordPress's own API as the editor's pages do."""
        page = self.ask("/wp-admin/profile.php").text
        found = re.search(r'wpApiSettings = \{[^}]*"nonce":"([0-9a-f]+)"', page) or re.search(
            r'createNonceMiddleware\( "([0-9a-f]+)"', page
        )
        nonce = found[1] if found else self.ask("/wp-admin/admin-ajax.php?action=rest-nonce").text
        return self.ask(f"/index.php?rest_route={path}", method, headers={"X-WP-Nonce": nonce}, **parts)


def words(answer: requests.Response) -> str:
    """Return the visible words of a page."""
    shown = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.text)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", shown))).strip()
