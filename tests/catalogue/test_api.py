# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from tests import factories


def test_services_are_listed_in_the_language_asked_for(client, site):
    factories.offer(site)

    (row,) = client.get("/api/services", headers={"Accept-Language": "en"}).json()

    assert (row["slug"], row["access"], row["price"]) == ("site", "request", "€60 a year")


def test_a_service_gives_sizes_levels_and_questions(client, site):
    factories.offer(site)

    service = client.get("/api/services/site").json()

    assert (service["requests_open"], service["tiers"][0]["amount"]) == (True, 5 * 10**9)
    assert {level["key"]: level["cents_a_year"] for level in service["tiers"][0]["levels"]} == {
        "full": 6000, "reduced": 3000, "free": 0, "sustaining": 9000, "own": None,
    }  # fmt: skip


def test_a_service_that_is_not_there(client, host):
    answer = client.get("/api/services/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
