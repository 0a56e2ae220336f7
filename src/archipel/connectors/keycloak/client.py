# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks to the admin API of one realm: tokens renewed on 401, pages, and every failure as *try later* or *refused*."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from archipel.kernel.outside import RefusedOutside, TryLater

CONNECT, ANSWER = 5, 20
PAGE = 200
CODES = {400: "bad_input", 401: "forbidden", 403: "forbidden", 404: "unknown", 409: "taken", 405: "bad_input"}


@dataclass(frozen=True)
class Place:
    """Where the realm is, and as whom Archipel drives it: a client of that realm with a service account."""

    url: str
    realm: str
    client_id: str = ""
    secret: str = field(default="", repr=False)

    @property
    def issuer(self) -> str:
        return f"{self.url.rstrip('/')}/realms/{quote(self.realm)}"

    @property
    def admin(self) -> str:
        return f"{self.url.rstrip('/')}/admin/realms/{quote(self.realm)}"


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    location: str

    @property
    def made_id(self) -> str:
        """Return the id of what a POST made."""
        return self.location.rstrip("/").rpartition("/")[2]


class AdminClient:
    def __init__(self, place: Place, *, timeout: tuple[float, float] = (CONNECT, ANSWER)) -> None:
        self._place = place
        self._timeout = timeout
        self._here = threading.local()
        self._token = ""

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the answer's JSON; ``RefusedOutside`` with code ``unknown`` when there is no such thing."""
        return self.send("GET", path, params=params).body

    def find(self, path: str) -> Any:
        """Return the answer's JSON, None when there is no such thing."""
        reply = self.send("GET", path, absent_is_fine=True)
        return None if reply.status == 404 else reply.body

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Give all items of a list; Keycloak's own page size may be as low as 10."""
        first = 0
        while True:
            found = self.get(path, {**(params or {}), "first": first, "max": PAGE})
            yield from found
            if len(found) < PAGE:
                return
            first += PAGE

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        text: str | None = None,
        params: Mapping[str, Any] | None = None,
        absent_is_fine: bool = False,
    ) -> Reply:
        """Send one request; with ``absent_is_fine`` a 404 is an answer like others."""
        parts = {"json": json, "params": params}
        if text is not None:
            parts["data"] = text.encode()
        answer = self._once(method, path, parts)
        if answer.status_code == 401:
            self._token = ""  # they live a minute by default
            answer = self._once(method, path, parts)
        if answer.status_code == 404 and absent_is_fine:
            return Reply(404, None, "")
        if answer.status_code >= 400:
            raise _failure(f"{method} {path}", answer)
        return Reply(answer.status_code, _body(answer), answer.headers.get("Location", ""))

    def _once(self, method: str, path: str, parts: Mapping[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token or self._fresh_token()}"}
        if "data" in parts:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        return self._call(method, f"{self._place.admin}{path}", headers=headers, **parts)

    def _fresh_token(self) -> str:
        place = self._place
        answer = self._call(
            "POST",
            f"{place.issuer}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials", "client_id": place.client_id, "client_secret": place.secret},
        )
        if answer.status_code in (400, 401, 403):
            raise RefusedOutside("forbidden", f"Keycloak does not let Archipel in ({answer.status_code})")
        if answer.status_code != 200:
            raise _failure("token", answer)
        self._token = str(answer.json()["access_token"])
        return self._token

    def _call(self, method: str, url: str, **parts: Any) -> requests.Response:
        session: requests.Session | None = getattr(self._here, "session", None)
        if session is None:
            session = self._here.session = requests.Session()
        try:
            return session.request(method, url, timeout=self._timeout, allow_redirects=False, **parts)
        except requests.RequestException as error:
            # Only its kind: the text of these errors holds whole addresses.
            raise TryLater(f"Keycloak did not answer ({type(error).__name__})") from None


def _body(answer: requests.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise TryLater("Keycloak answered something else than JSON") from None


def _failure(what: str, answer: requests.Response) -> Exception:
    status = answer.status_code
    if status >= 500 or status == 429:
        return TryLater(f"Keycloak answered {status} to {what}")
    try:
        body = answer.json()
    except ValueError:
        body = {}
    said = body.get("errorMessage") or body.get("error_description") or body.get("error") or "" if body else ""
    return RefusedOutside(CODES.get(status, "bad_input"), f"{what}: {status} {said}".strip())
