# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody with cookies and patience: signs in as a browser does, and sends as slowly as a bad line does."""

from __future__ import annotations

import http.client
import re
import threading
import time
from contextlib import closing
from urllib.parse import urlencode


class Visitor:
    """Cookies of one person at one address; speaks HTTP without a browser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, *, form: dict[str, str] | None = None, host: str = "127.0.0.1") -> tuple[int, str]:
        """Return status and body; a form is posted with the token of the page it stands on."""
        headers = {"Host": f"{host}:{self.port}", "Cookie": self.cookie}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST" if form is not None else "GET", path, body, headers)
            answer = connection.getresponse()
            for given in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = given.split(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode(errors="replace")

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def token(self, path: str) -> str:
        """Return the token of the first form of a page."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.ask(path)[1])
        assert found, f"no form at {path}"
        return found[1]

    def sign_in(self, email: str, passphrase: str) -> Visitor:
        path = "/account/login/"
        form = {"login": email, "password": passphrase, "csrfmiddlewaretoken": self.token(path)}
        assert self.ask(path, form=form)[0] == 302
        return self


class SlowPost(threading.Thread):
    """A POST whose body takes ``seconds`` to be sent; ``status`` and ``took`` (the answer included) at the end."""

    def __init__(self, port: int, path: str, body: bytes, headers: dict[str, str], *, seconds: float) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.body, self.headers, self.seconds = port, path, body, headers, seconds
        self.status, self.sending, self.took, self.problem = 0, 0.0, 0.0, ""

    def run(self) -> None:
        began = time.monotonic()
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                connection.putrequest("POST", self.path)
                for name, value in {**self.headers, "Content-Length": str(len(self.body))}.items():
                    connection.putheader(name, value)
                connection.endheaders()
                self._send(connection, began)
                self.sending = time.monotonic() - began
                answer = connection.getresponse()
                self.status, said = answer.status, answer.read()
                self.problem = said[:300].decode(errors="replace") if self.status >= 400 else ""
        except (OSError, http.client.HTTPException) as error:
            self.problem = repr(error)
        self.took = time.monotonic() - began

    def _send(self, connection: http.client.HTTPConnection, began: float) -> None:
        pieces = max(1, int(self.seconds * 4))
        length = -(-len(self.body) // pieces)
        for number in range(pieces):
            time.sleep(max(0.0, began + number * self.seconds / pieces - time.monotonic()))
            connection.send(self.body[number * length : (number + 1) * length])
        time.sleep(max(0.0, began + self.seconds - time.monotonic()))


def multipart(field: str, name: str, content: bytes, **fields: str) -> tuple[bytes, str]:
    """Return the body and the type of a form with one file."""
    boundary = "----archipel-faults"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    parts += [head.encode(), b"Content-Type: application/zip\r\n\r\n", content, f"\r\n--{boundary}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"
