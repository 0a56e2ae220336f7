# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks HTTP to an application, with a timeout, and tells its answers apart."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from archipel.kernel.outside import RefusedOutside, TryLater

TIMEOUT = 5.0
# What an application answers is not read beyond this; only its status counts.
READ_AT_MOST = 4096
_CODES = {400: "bad_input", 401: "forbidden", 403: "forbidden", 404: "unknown", 410: "unknown"}


def post_logout_token(address: str, token: str, timeout: float = TIMEOUT, authority: str = "") -> None:
    """Hand a logout token over (``TryLater``, ``RefusedOutside``). Redirections are not followed.

    ``timeout`` is for each silence, in seconds; twice that long for the whole: who answers a byte at a time would else
    keep the worker from everything it does for others. ``authority``: a PEM file whose certificates are good as well.

    The answer is 200 or 204, and 400 for a token that is not taken (OpenID Connect Back-Channel Logout 1.0, 2.8).
    """
    try:
        with (
            _session_of(2 * timeout, authority) as session,
            session.post(
                address, data={"logout_token": token}, timeout=timeout, allow_redirects=False, stream=True
            ) as answer,
        ):
            status = answer.status_code
            words = answer.raw.read(READ_AT_MOST, decode_content=True).decode("utf-8", "replace")[:200]
    except (requests.RequestException, HTTPError, OSError) as problem:
        raise TryLater(f"no answer to the logout token: {type(problem).__name__}") from problem
    if status in (200, 204):
        return
    if status in (408, 425, 429) or status >= 500:
        raise TryLater(f"the application answered {status} to the logout token")
    code = _CODES.get(status, "bad_input")
    raise RefusedOutside(code, f"the application answered {status} to the logout token: {words}", about=address)


class _Noting(HTTPAdapter):
    """Knows the connections that it makes. ``authority``: a PEM file to trust beside the usual ones."""

    def __init__(self, authority: str) -> None:
        self.made: list[Any] = []
        self._authority = authority
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        if self._authority:
            # The usual authorities are added to it where a connection is made.
            named["ssl_context"] = ssl.create_default_context(cafile=self._authority)
        super().init_poolmanager(*given, **named)

    def get_connection_with_tls_context(self, *given: Any, **named: Any) -> Any:
        pool = super().get_connection_with_tls_context(*given, **named)
        usual = pool.ConnectionCls

        def noted(*some: Any, **more: Any) -> Any:
            self.made.append(usual(*some, **more))
            return self.made[-1]

        pool.ConnectionCls = noted  # type: ignore[assignment]  # the pool only calls it
        return pool


@contextmanager
def _session_of(seconds: float, authority: str) -> Iterator[requests.Session]:
    """Give a session whose connections are cut after so many seconds, whatever comes through them."""
    adapter, done = _Noting(authority), threading.Event()
    watch = threading.Thread(target=_cut, args=(adapter.made, done, seconds), daemon=True)
    with requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        watch.start()
        try:
            yield session
        finally:
            done.set()


def _cut(made: list[Any], done: threading.Event, seconds: float) -> None:
    wait = seconds
    while not done.wait(wait):
        wait = 0.2  # again and again: a connection may be made, or secured, just after
        for connection in list(made):
            if isinstance(connection.sock, socket.socket):
                with suppress(OSError):
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
