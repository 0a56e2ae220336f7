# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.test import Client

from archipel.identity.models import ApiToken
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.machines.models import Machine
from archipel.machines.ports import Load
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(staff):
    secret = new_token()
    ApiToken.objects.create(
        person=staff, name="machines", digest=digest(secret), scopes=["machines:read", "machines:report"],
        created_at=clock.now(), last_used_on=clock.today(),
    )  # fmt: skip
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_machines_are_listed_with_what_they_carry(ask, loads):
    lent = factories.machine(
        "sterne", site=factories.site(), ownership="lent", owner="La mairie", labels={"disk": "fast"}
    )
    factories.machine("boite", node_id="", memory_bytes=None, seen_at=None)
    loads.by_machine[lent.public_id] = Load(3, 4 * 10**9)
    box, machine = ask.get("/api/machines").json()
    assert {name: machine[name] for name in ("name", "state", "site", "country", "ownership", "owner", "labels", "spaces")} == {
        "name": "sterne", "state": "in_service", "site": "Concarneau", "country": "FR", "ownership": "lent", "owner": "La mairie",
        "labels": {"disk": "fast"}, "spaces": 3,
    }  # fmt: skip
    assert (machine["memory"], machine["memory_reserved"], machine["memory_left"]) == (
        16 * 10**9,
        4 * 10**9,
        9_600_000_000,
    )
    assert (box["name"], box["state"], box["memory"], box["memory_left"], box["disk"]) == (
        "boite",
        "declared",
        None,
        None,
        None,
    )
    assert ask.get(f"/api/machines/{lent.public_id}").json() == machine


def test_machine_says_how_full_its_disk_is(ask):
    machine = factories.machine()
    answer = ask.put(f"/api/machines/{machine.public_id}/disk", {"disk": 100, "disk_free": 9}, "application/json")
    row = Machine.objects.get()
    assert (answer.status_code, answer.json()["disk_free"], row.disk_free_bytes) == (200, 9, 9)


def test_unlikely_disk_is_refused_with_its_code(ask):
    machine = factories.machine()
    answer = ask.put(f"/api/machines/{machine.public_id}/disk", {"disk": 100, "disk_free": 101}, "application/json")
    assert (answer.status_code, answer.json()["code"], Machine.objects.get().disk_bytes) == (422, "disk_unlikely", None)
