# SPDX-License-Identifier: AGPL-3.0-or-later
"""Have the proxy do what our tables say: one space after a change, everything when it lost or missed something.

Nothing is written here: what the proxy has is read back from it.
"""

from __future__ import annotations

from django_tasks import task

from archipel.outbox import operations as outbox
from archipel.spaces import front
from archipel.spaces.models import Space
from archipel.spaces.ports import Proxy, Route, digest_of_route
from archipel.spaces.queries import routing

# Beyond so many differences, one push of everything is quicker than each alone.
ONE_BY_ONE = 20


@task()
def route_space(*, space_id: str) -> None:
    push_routes_of(space_id=space_id)


def route_soon(*, space: Space) -> None:
    """Have the proxy told of a space, after the caller's transaction."""
    if front.has_proxy():
        outbox.enqueue_once(
            task=route_space, key=f"spaces.route:{space.public_id}", kwargs={"space_id": space.public_id}
        )


def push_routes_of(*, space_id: str) -> int:
    """Make the proxy do what is right for one space, and return how many routes it has. Repeatable; calls outside."""
    proxy = front.proxy()
    if proxy is None:
        return 0
    wanted = {route.id: route for route in routing.routes_of(space_id)}
    for route_id in routing.ids_of(space_id):
        if route_id in wanted:
            proxy.put(wanted[route_id])
        else:
            proxy.drop(route_id)
    return len(wanted)


def compare_routes() -> int:
    """Compare what the proxy serves with what it should, put the difference right, and return how large it was.

    Repeatable; calls outside. A proxy that started empty gets everything in one move.
    """
    proxy = front.proxy()
    if proxy is None:
        return 0
    served, unsure = proxy.serves(), set[str]()
    wanted = {route.id: route for route in routing.routes(unsure)}
    changed = [route for route in wanted.values() if served.get(route.id) != digest_of_route(route)]
    gone = [route_id for route_id in served if route_id not in wanted and route_id not in unsure]
    difference = len(changed) + len(gone)
    # What the engine does not know now keeps the route it has: no push of everything, unless there is nothing to keep.
    if difference and (not served or (difference > ONE_BY_ONE and not unsure)):
        proxy.push(list(wanted.values()))
    else:
        _repair(proxy, changed, gone)
    return difference


def _repair(proxy: Proxy, changed: list[Route], gone: list[str]) -> None:
    for route in changed:
        proxy.put(route)
    for route_id in gone:
        proxy.drop(route_id)
