# SPDX-License-Identifier: AGPL-3.0-or-later
"""A running house and a browser for it, for applications of others that speak to it from outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.serving import ROOT, Served, environment_for, free_port

from archipel.portal.demonstration.sign_ins import PASSPHRASE

REFERENT = "jeanne@cyclomaree.example"
SERVE = (
    "import django; django.setup(); from archipel.config.serve import listen, serve; serve(listen('127.0.0.1', {port}))"
)
FIRST_LINES = """
import django, json; django.setup()
from archipel.identity import operations
from archipel.identity.models import *
from archipel.kernel import clock
person = Person.objects.get(email="{email}")
"""


class Seen:
    """An answer as a browser sees it."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Browser:
    """Keeps cookies, follows nothing by itself, and says where it comes from."""

    def __init__(self, address: str) -> None:
        self.place = urlsplit(address).netloc
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> Seen:
        """Ask for a path or a whole address of the house; with a form, post it."""
        path = path.removeprefix(f"http://{self.place}")
        headers = {"Sec-Fetch-Site": "cross-site", "Cookie": self.cookie}
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self.place}"}
        connection = HTTPConnection(self.place, timeout=30)
        connection.request(
            "GET" if form is None else "POST", path, urlencode(form) if form is not None else None, headers
        )
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        seen = Seen(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode())
        connection.close()
        return seen

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self, email: str = REFERENT, passphrase: str = PASSPHRASE, path: str = "/account/login/") -> Seen:
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.ask(path).text)
        assert token
        return self.ask(path, {"csrfmiddlewaretoken": token[1], "login": email, "password": passphrase})


class House:
    """A demonstration with its worker; ``python`` runs in its data, as the command line would."""

    def __init__(self, data: Path, served: Served) -> None:
        self.data, self.address, self.port = data, served.address, served.port

    def python(self, code: str, email: str = REFERENT) -> Any:
        """Run a few lines that know ``operations``, ``person`` and the models, and end with ``answer``."""
        lines = FIRST_LINES.format(email=email) + textwrap.dedent(code) + "\nprint(json.dumps(answer))"
        done = subprocess.run(
            [sys.executable, "-c", lines], env=environment_for(self.data, self.port), cwd=ROOT, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    def register(self, redirect: str, applications: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
        """Register applications that the referent of the demonstration may enter, by name, in one process."""
        return self.python(f"""
            answer = {{}}
            for name, more in {applications!r}.items():
                made, secret = operations.register_client(name=name, redirect_uris=[{redirect!r}], by=None, **more)
                operations.give_entry(client=made, person=person, through="test")
                answer[name] = {{"id": made.public_id, "secret": secret, "redirect": {redirect!r}}}
        """)

    @contextmanager
    def second_process(self) -> Iterator[str]:
        """Serve the same data by another web process; give its address."""
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE.format(port=port)], env=environment_for(self.data, self.port), cwd=ROOT
        )
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket
    import time

    for _ in range(600):
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the second web process does not answer")
