# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small site and a browser without a network: plain WSGI calls."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.serving import SitesApplication

BIG = random.Random(7).randbytes(700_000)
PAGE = b"<h1>Bonjour</h1>" * 40
PAGES = {
    "index.html": PAGE,
    "about.html": b"about file",
    "team/index.html": b"team folder",
    "both.html": b"both file",
    "both/index.html": b"both folder",
    "old/index.htm": b"old",
    "plain": b"no ending",
    "css/style.css": b"body{color:teal}" * 100,
    "été/à table.html": "bon appétit".encode(),
    "big.bin": BIG,
    "tiny.txt": b"0123456789",
    "empty.txt": b"",
    "report": b"not this one",
}


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    websites: WebsitesConnector
    application: SitesApplication
    space_id: str
    address: str

    def get(self, path: str = "/", method: str = "GET", *, host: str | None = None, **asked: str) -> Got:
        environ: dict[str, object] = {"SCRIPT_NAME": ""}
        path, _, query = path.partition("?")
        environ |= {"REQUEST_METHOD": method, "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query}
        environ["HTTP_HOST"] = self.address if host is None else host
        environ |= {f"HTTP_{name.upper()}": value for name, value in asked.items()}
        setup_testing_defaults(environ)
        seen: list[object] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            assert len(dict(headers)) == len(headers)
            seen.extend([int(status[:3]), dict(headers)])
            return lambda _: None

        answer = validator(self.application)(environ, start_response)  # type: ignore[arg-type]
        body = b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        status, headers = seen
        assert "Set-Cookie" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        return Got(status, headers, body)


def tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'
