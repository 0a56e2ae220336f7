# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces.ports import Route, digest_of_route


class FakeProxy:
    """A proxy in memory, new ones as empty as Caddy is. ``faults`` are met by the next calls, one each.

    ``silent`` and ``refusing`` do nothing, ``lost`` does the thing and loses the answer.
    """

    def __init__(self) -> None:
        self.routes: dict[str, Route] | None = None
        self.faults: list[str] = []
        self.calls: list[str] = []

    def push(self, routes: Sequence[Route]) -> None:
        with _Fault(self, "push"):
            self.routes = {route.id: route for route in routes}

    def put(self, route: Route) -> None:
        with _Fault(self, f"put {route.id}"):
            if self.routes is None:
                raise TryLater("the proxy has lost its configuration: push all routes")
            self.routes[route.id] = route

    def drop(self, route_id: str) -> None:
        with _Fault(self, f"drop {route_id}"):
            if self.routes is not None:
                self.routes.pop(route_id, None)

    def serves(self) -> dict[str, str]:
        with _Fault(self, "serves"):
            return {name: digest_of_route(route) for name, route in (self.routes or {}).items()}

    def restart(self) -> None:
        """Lose everything, as a proxy that starts anew."""
        self.routes = None


class _Fault:
    def __init__(self, proxy: FakeProxy, call: str) -> None:
        proxy.calls.append(call)
        self._kind = proxy.faults.pop(0) if proxy.faults else ""

    def __enter__(self) -> None:
        if self._kind == "silent":
            raise TryLater("the proxy did not answer")
        if self._kind == "refusing":
            raise RefusedOutside("bad_input", "the proxy refused")

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None and self._kind == "lost":
            raise TryLater("the proxy did not answer")
