# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaking to the API, the mailbox and the hosted sites, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit


class Broken(Exception):
    """The tour could not go on: what was expected, and what came instead."""


class Api:
    """A client of one installation; ``token`` is a bearer token, empty for nobody."""

    def __init__(self, address: str, token: str = "") -> None:
        self.address = address
        self.token = token

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, raw: bytes | None = None) -> Any:
        """Return the JSON of an answer with the expected status; ``Broken`` otherwise."""
        status, _, content = self.fetch(method, path, body, raw=raw)
        if status != expect:
            raise Broken(f"{method} {path} answered {status}, not {expect}: {content[:600].decode(errors='replace')}")
        return json.loads(content) if content else None

    def fetch(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, host: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        """Return (status, headers, body); ``host`` is sent as the Host header, the address stays 127.0.0.1."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = {"Accept": "application/json", "Accept-Language": "en"}
        content = raw
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif raw is not None:
            headers["Content-Type"] = "application/zip"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if host:
            headers["Host"] = f"{host}:{parts.port}"
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def as_person(self, email: str, passphrase: str, *scopes: str) -> Api:
        """Return a client that speaks for a person, by a token of theirs."""
        asked = {"email": email, "passphrase": passphrase, "name": "tour", "scopes": list(scopes)}
        return Api(self.address, self.call("POST", "/api/tokens", asked, expect=201)["token"])

    def link_of_mail(self, to: str, pattern: str) -> str:
        """Wait for a mail to somebody that holds a link, and return what the pattern's group found in it."""

        def found() -> str:
            for mail in self.call("GET", "/api/demonstration/mails?" + urlencode({"to": to})):
                match = re.search(pattern, mail["text"])
                if match:
                    return match.group(1)
            return ""

        link: str = wait_for(found, f"a mail to {to} with {pattern}")
        return link


def wait_for(question: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Ask until the answer is true, and return it; ``Broken`` after a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    raise Broken(f"waited {seconds:.0f} s in vain for {what}")


def insist(holds: bool, what: str) -> None:
    """Stop the tour when something is not as it should be."""
    if not holds:
        raise Broken(what)
