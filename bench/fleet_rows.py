# SPDX-License-Identifier: AGPL-3.0-or-later
"""A house with a fleet of spaces, read once as the night does and looked at as people do."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from django.db import transaction
from django.test import Client

from archipel.catalogue.models import Service
from archipel.kernel import clock
from archipel.kernel.outside import TryLater
from archipel.machines.models import Machine
from archipel.organisations.models import Membership
from archipel.spaces.models import Address, Application, Space
from archipel.spaces.operations.measuring import BATCH, measure_all
from archipel.spaces.ports import Health, Usage
from bench import seeding

ANSWERS_IN, SILENT_FOR, SILENT_SHARE = 0.05, 1.0, 0.01
ROUNDS = 15
MACHINES = 40
ROOM = 5 * 10**9


class Fleet:
    """An application that answers after a while, or not before its time is over."""

    def __init__(self) -> None:
        self._chance = random.Random(1627)
        self._lock = threading.Lock()

    def running(self, _space_id: str) -> None:
        """There are containers; nobody asks which."""

    def usage(self, _space_id: str) -> Usage:
        self._wait()
        return Usage(bytes=3 * 10**9, files=1200, accounts=12)

    def health(self, _space_id: str) -> Health:
        self._wait()
        return Health(ok=True, detail="answers")

    def _wait(self) -> None:
        with self._lock:
            silent = self._chance.random() < SILENT_SHARE
        time.sleep(SILENT_FOR if silent else ANSWERS_IN)
        if silent:
            raise TryLater("no answer in time")


def fleet() -> Fleet:
    """Return the connector of all of them."""
    return Fleet()


def measured(count: int) -> dict[str, float]:
    """Return seconds by name, with so many spaces."""
    with transaction.atomic():
        looked = seed(count)
    return {"reading": read_all(), **look(**looked)}


def seed(count: int) -> dict[str, Any]:
    """Write organisations with a space each, on machines; return who looks and at which space."""
    now = clock.now()
    service = Service.objects.get(slug="site")
    Application.objects.create(connector="fleet", roles=[["referent", "administrator"]], versions=["1.0"], read_at=now)
    machines = [
        Machine.objects.create(name=f"m{number}", node_id=f"n{number}", memory_bytes=2**36, created_at=now)
        for number in range(MACHINES)
    ]
    organisations, people = seeding.organisations(count), seeding.people(count)
    seeding.roles(organisations, people)
    spaces = seeding.write(
        Space,
        (
            Space(
                organisation=where, service=service, title=f"Espace {number}", connector="fleet", state="open",
                version="1.0", quota_bytes=ROOM, created_at=now, opened_at=now, machine=machines[number % MACHINES],
            )
            for number, where in enumerate(organisations)
        ),
    )  # fmt: skip
    seeding.write(Address, (Address(name=f"e{number}.fleet.example", space=one) for number, one in enumerate(spaces)))
    roles = Membership.objects.select_related("person").filter(ended_at=None).order_by("pk")
    return {
        "staff": roles.filter(organisation__kind="host", role="administrator")[0].person,
        "referent": roles.filter(organisation=organisations[0])[0].person,
        "space_id": spaces[0].public_id,
    }


def read_all() -> float:
    """Read the usage of every space, batch after batch as the worker does; return seconds."""
    began, after = time.monotonic(), 0
    while True:
        keys = list(
            Space.objects.filter(state="open", pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
        )
        if measure_all(after=after) < BATCH:
            return time.monotonic() - began
        after = keys[-1]


def look(staff: Any, referent: Any, space_id: str) -> dict[str, float]:
    """Return the best time of each page."""
    pages = {
        "Today": (staff, "/desk/"),
        "desk spaces": (staff, "/desk/spaces/"),
        "desk space": (staff, f"/desk/spaces/{space_id}/"),
        "what runs": (staff, f"/desk/spaces/{space_id}/running/"),
        "versions": (staff, "/desk/spaces/versions/"),
        "own space": (referent, f"/spaces/{space_id}/"),
        "who enters": (referent, f"/spaces/{space_id}/people/"),
    }
    found = {}
    for name, (who, path) in pages.items():
        browser = Client()
        browser.force_login(who)
        found[name] = min(_seconds(browser, path) for _round in range(ROUNDS))
    return found


def _seconds(browser: Client, path: str) -> float:
    began = time.monotonic()
    answer = browser.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return time.monotonic() - began
