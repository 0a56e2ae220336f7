# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills ``spaces.ports.Proxy`` with Caddy. Everything it serves is in its configuration, everything in it comes from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archipel.connectors.caddy import configuration
from archipel.connectors.caddy.client import AdminClient, Stale, Twice
from archipel.connectors.caddy.configuration import POOLS, TABLE, TLS, Standing
from archipel.kernel.outside import TryLater
from archipel.spaces.ports import Route

# Others may change the same table between our reading and our writing.
TRIES = 5


class CaddyProxy:
    def __init__(self, standing: Standing, *, client: AdminClient | None = None) -> None:
        self._standing = standing
        self._client = client or AdminClient(standing.admin)

    def push(self, routes: Sequence[Route]) -> None:
        """``Stale`` when another worker changed it meanwhile: its routes may be newer than these."""
        before = self._client.read("/config/")
        # As ``/load`` does, in one move; but only here Caddy looks at If-Match.
        self._client.send("POST", "/config/", configuration.configuration(self._standing, routes), etag=before.etag)

    def put(self, route: Route) -> None:
        self._fetch_in_advance(route)
        self._prepare_pool(route)
        wanted = configuration.line_of(route)
        for _ in range(TRIES):
            found = self._client.read(f"/id/{route.id}")
            try:
                if found.body is None:
                    self._add(route, wanted)
                elif found.body != wanted:
                    self._client.send("PATCH", f"/id/{route.id}", wanted, etag=found.etag)
                return
            except (Stale, Twice):
                continue
        raise _busy(route.id)

    def _add(self, route: Route, wanted: dict[str, Any]) -> None:
        # At the end of the table, or before all others: an exact name wins over a whole domain.
        method, place = ("POST", "") if configuration.is_wide(route) else ("PUT", "/0")
        if self._client.send(method, f"/id/{TABLE}/mappings{place}", wanted).status == 404:
            raise _lost()

    def _prepare_pool(self, route: Route) -> None:
        if not configuration.needs_pool(route):
            return
        pool = configuration.pool_of(route.upstreams)
        if self._client.read(f"/id/{pool['@id']}").body is None:
            try:
                if self._client.send("POST", f"/id/{POOLS}/routes", pool).status == 404:
                    raise _lost()
            except Twice:
                return

    def _fetch_in_advance(self, route: Route) -> None:
        names = configuration.automatic_names([route])
        for _ in range(TRIES if names else 0):
            found = self._client.read(f"/id/{TLS}")
            if found.body is None:
                raise _lost()
            changed = configuration.with_names(found.body, self._standing, names)
            if changed is None:
                return
            try:
                self._client.send("PATCH", f"/id/{TLS}", changed, etag=found.etag)
                return
            except Stale:
                continue
        if names:
            raise _busy(f"the names of {route.id}")

    def drop(self, route_id: str) -> None:
        # Caddy looks an id up before it locks: without If-Match, a neighbour that moved into its place could go instead.
        for _ in range(TRIES):
            found = self._client.read(f"/id/{route_id}")
            if found.body is None:
                return
            try:
                self._client.send("DELETE", f"/id/{route_id}", etag=found.etag)
                return
            except Stale:
                continue
        raise _busy(route_id)

    def serves(self) -> dict[str, str]:
        # A former version of Archipel, or another setting, told the rest of it: only a push of everything mends that.
        if self._client.read(f"/id/{configuration.mark_of(self._standing)}").body is None:
            return {}
        lines = self._client.read(f"/id/{TABLE}/mappings").body
        return configuration.digests_in(lines or [])


def _lost() -> TryLater:
    return TryLater("Caddy has lost its configuration: push all routes")


def _busy(route_id: str) -> TryLater:
    return TryLater(f"{route_id} is changed by others all the time")
