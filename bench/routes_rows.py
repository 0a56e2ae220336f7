# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spaces in containers, one in ten with a name of its own and one in twenty held back, and what routing them costs."""

from __future__ import annotations

import gc
import json
import statistics
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import transaction
from tests.connectors.caddy.asking import ask_plain
from tests.connectors.caddy.servers import Caddy, caddy
from tests.spaces import proxies

from archipel.catalogue.models import Service
from archipel.kernel import clock
from archipel.spaces.models import Address, Domain, Hold, Space
from archipel.spaces.ports import Route
from archipel.spaces.queries import routing
from bench import seeding

ASKED = 200


def seed(_data: Path, count: int) -> None:
    """Write the rows, route them through a real Caddy, and print the seconds as JSON."""
    proxies.renew_containers()
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "pads": "tests.spaces.proxies.containers"}
    with transaction.atomic():
        _write(count)
    with tempfile.TemporaryDirectory() as folder, caddy(Path(folder), "http://127.0.0.1:9/") as server:
        print(json.dumps(_measured(server, count)))


def _write(count: int) -> None:
    where, service, now = seeding.organisations(1)[0], Service.objects.get(slug="site"), clock.now()
    opened = {"state": "open", "created_at": now, "opened_at": now}
    spaces = seeding.write(
        Space,
        (
            Space(organisation=where, service=service, title=f"Notes {number}", connector="pads", **opened)
            for number in range(count)
        ),
    )
    seeding.write(Address, (Address(name=f"n{row.pk}.pages.localhost", space=row) for row in spaces))
    seeding.write(
        Hold, (Hold(space=row, kind="unpaid", effect="suspended", reason="…", since=now) for row in spaces[::20])
    )
    seeding.write(Domain, (_domain(row) for row in spaces[::10]))


def _domain(space: Space) -> Domain:
    name, now = f"n{space.pk}.org", clock.now()
    since = {"added_at": now, "since": now, "enabled_at": now}
    return Domain(space=space, name=f"www.{name}", registrable=name, state="enabled", secret="x", **since)


def _measured(server: Caddy, count: int) -> dict[str, float]:
    last = Address.objects.filter(space__connector="pads").latest("pk").name
    # In a house another process wrote the rows: what this one still holds of them must not be collected while it is timed.
    gc.collect()
    gc.freeze()
    computing, routes = _best()
    computed = time.monotonic()
    server.proxy.push([route for route in routes if route.own])
    pushed = time.monotonic()
    server.proxy.put(Route("s-new", ("neuf.pages.localhost",), own=True))
    changed = time.monotonic()
    assert len(routes) >= count + count // 10
    assert ask_plain(server, last).status == 308
    return {
        "compute": computing,
        "push": pushed - computed,
        "change": changed - pushed,
        "answer": statistics.median(_wait(server, last) for _ in range(ASKED)),
    }


def _best() -> tuple[float, list[Route]]:
    """Return the shortest of five computations, and the routes: others use the machine too."""
    times = []
    for _ in range(5):
        began = time.monotonic()
        routes = list(routing.routes())
        times.append(time.monotonic() - began)
    return min(times), routes


def _wait(server: Caddy, name: str) -> float:
    began = time.monotonic()
    ask_plain(server, name)
    return time.monotonic() - began
