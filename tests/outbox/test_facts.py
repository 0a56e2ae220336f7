# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from archipel.kernel.money import Money
from archipel.outbox import facts
from tests.outbox.samples import BoatArrived, BoatLeft, NobodyListens, count_the_crew, ring_the_bell

ARRIVED = BoatArrived(
    boat="Marie-Galante",
    at=datetime(2026, 11, 24, 10, 31, tzinfo=UTC),
    day=date(2026, 11, 24),
    fee=Money(1250),
    crew=("Ana", "Léo"),
)


def test_fact_reads_back_as_it_was_written():
    stored = json.loads(json.dumps(facts.to_json(ARRIVED)))
    assert facts.from_json(stored) == ARRIVED


def test_fact_is_stored_with_its_name_and_version():
    assert facts.to_json(BoatLeft(boat="Belle")) == {
        "fact": "samples.BoatLeft",
        "version": 2,
        "values": {"boat": "Belle"},
    }


def test_fact_of_an_older_version_is_upgraded():
    stored = {"fact": "samples.BoatLeft", "version": 1, "values": {"name": "Belle"}}
    assert facts.from_json(stored) == BoatLeft(boat="Belle")


@pytest.mark.parametrize(
    "stored",
    [
        {"fact": "samples.BoatLeft", "version": 3, "values": {"boat": "Belle"}},
        {"fact": "samples.BoatLeft", "version": 0, "values": {}},
        {"fact": "samples.NeverSeen", "version": 1, "values": {}},
    ],
)
def test_fact_of_another_release_is_unreadable(stored):
    with pytest.raises(facts.UnreadableFact):
        facts.from_json(stored)


def test_fact_refuses_what_json_cannot_hold():
    @dataclass(frozen=True)
    class Strange(facts.Fact):
        things: object

    with pytest.raises(TypeError):
        facts.to_json(Strange(things={1, 2}))


def test_handlers_are_known_by_their_path():
    module = "tests.outbox.samples"
    assert facts.handlers_of(BoatArrived) == (f"{module}.ring_the_bell", f"{module}.count_the_crew")
    assert (ring_the_bell.__name__, count_the_crew.__name__) == ("ring_the_bell", "count_the_crew")


def test_registering_a_handler_twice_keeps_one():
    before = facts.handlers_of(BoatArrived)
    facts.on(BoatArrived)(ring_the_bell)
    assert facts.handlers_of(BoatArrived) == before


def test_a_listener_without_a_business_now_is_told_nothing_and_stays_known():
    wanted = []

    def listen(fact: NobodyListens) -> None:
        wanted.append(fact)

    facts.on(NobodyListens, when=lambda: bool(wanted))(listen)
    path = f"{listen.__module__}.{listen.__qualname__}"
    try:
        assert (facts.handlers_of(NobodyListens), facts.is_handler(NobodyListens, path)) == ((), True)
        wanted.append("now")
        assert facts.handlers_of(NobodyListens) == (path,)
    finally:
        wanted.clear()


def test_fact_without_listener_has_no_handler():
    assert facts.handlers_of(NobodyListens) == ()


def test_name_of_a_fact_is_its_app_and_its_class():
    from archipel.procedures.events import ProcedureDone

    assert facts.fact_name(ProcedureDone) == "procedures.ProcedureDone"
