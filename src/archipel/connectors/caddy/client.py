# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks to Caddy's admin API over a Unix socket or a loopback address; every failure is *try later* or *refused*.

Each answer carries an ``Etag`` of what was read (its place and a checksum); sent back as ``If-Match``, a change is only
made when nobody else changed the same place in between (412 otherwise: ``Stale``).
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from archipel.kernel.outside import RefusedOutside, TryLater

# A change of ten thousand routes is loaded in seconds; it answers when it is live.
SECONDS = 40.0
# How often a question is asked again, and after how many seconds.
AGAIN, PAUSE = 3, 0.2


class Stale(TryLater):
    """Somebody changed the same place since it was read."""


class _Broken(TryLater):
    """The connection ended before the answer."""


class Twice(TryLater):
    """Something of that id is there already."""


@dataclass(frozen=True)
class Reply:
    """What was answered; ``body`` is None where there is nothing."""

    status: int
    body: Any
    etag: str


class AdminClient:
    """``place``: ``unix//path/of/socket`` as Caddy writes it (a mode may follow: ``|0660``), or ``127.0.0.1:2019``."""

    def __init__(self, place: str, *, seconds: float = SECONDS) -> None:
        self._place = place
        self._seconds = seconds

    def read(self, path: str) -> Reply:
        """Return what is configured at a path; a body of None when there is nothing.

        Asked again where the connection breaks: for a moment after a push, Caddy changes the server that answers here.
        """
        for _ in range(AGAIN):
            try:
                return self.send("GET", path)
            except _Broken:
                time.sleep(PAUSE)
        return self.send("GET", path)

    def send(self, method: str, path: str, body: Any = None, *, etag: str = "") -> Reply:
        """Make one change and return once it is live (``Stale``, ``Twice``); 404 is an answer like others."""
        headers = {"Content-Type": "application/json", **({"If-Match": etag} if etag else {})}
        said = None if body is None else json.dumps(body).encode()
        status, content, found = self._call(method, quote(path), said, headers)
        if status == 412:
            raise Stale(f"{path} was changed by somebody else")
        if status >= 400 and status != 404:
            raise _failure(f"{method} {path}", status, content)
        return Reply(status, None if status == 404 else _json(content), found)

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, str]:
        connection = _Unix(self._place, self._seconds) if self._place.startswith("unix/") else self._loopback()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Etag", "")
        except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected) as error:
            raise _Broken(f"Caddy did not answer ({type(error).__name__})") from None
        except (OSError, http.client.HTTPException) as error:
            raise TryLater(f"Caddy did not answer ({type(error).__name__})") from None
        finally:
            connection.close()

    def _loopback(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._place, timeout=self._seconds)


class _Unix(http.client.HTTPConnection):
    def __init__(self, place: str, seconds: float) -> None:
        super().__init__("127.0.0.1", timeout=seconds)
        self._path = place.removeprefix("unix/").partition("|")[0]

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _json(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError:
        raise TryLater("Caddy answered something else than JSON") from None


def _failure(what: str, status: int, content: bytes) -> Exception:
    try:
        said = str(json.loads(content).get("error", ""))
    except (ValueError, AttributeError):
        said = ""
    if "duplicate ID" in said:
        return Twice(f"{what}: {said}")
    if "out of bounds" in said:
        return Stale(f"{what}: {said}")
    # Caddy answers 500 too when it cannot read what it was given; the same would be sent again.
    unreadable = any(words in said for words in ("decoding", "unmarshal", "unknown field"))
    if (status >= 500 and not unreadable) or status in (408, 409, 429):
        return TryLater(f"Caddy answered {status} to {what}: {said[:300]}")
    code = "forbidden" if status in (401, 403) else "bad_input"
    return RefusedOutside(code, f"{what}: {status} {said[:300]}".strip())
