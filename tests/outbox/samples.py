# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts, handlers and tasks that only tests know; they note what was done to them in ``SEEN``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import connection
from django_tasks import task

from archipel.kernel.money import Money
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.outbox.facts import Fact, on
from archipel.outbox.periodic import periodic

SEEN: list[Any] = []


@dataclass(frozen=True)
class BoatArrived(Fact):
    boat: str
    at: datetime
    day: date
    fee: Money
    crew: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class BoatLeft(Fact):
    """Version 1 had ``name``; version 2 says ``boat``."""

    version: ClassVar[int] = 2
    boat: str

    @classmethod
    def upgraded(cls, values: dict[str, Any], version: int) -> dict[str, Any]:
        return {"boat": values["name"]} if version == 1 else super().upgraded(values, version)


@dataclass(frozen=True)
class NobodyListens(Fact):
    word: str


@on(BoatArrived)
def ring_the_bell(fact: BoatArrived) -> None:
    SEEN.append(("bell", fact))


@on(BoatArrived)
def count_the_crew(fact: BoatArrived) -> None:
    SEEN.append(("crew", len(fact.crew)))


@on(BoatLeft)
def wave_goodbye(fact: BoatLeft) -> None:
    SEEN.append(("goodbye", fact))


@task()
def note(word: str, *, times: int = 1) -> None:
    SEEN.append(word * times)


@task(priority=50)
def note_first(word: str) -> None:
    SEEN.append(word)


@task()
def come_back_later(after: float = 0) -> None:
    SEEN.append("tried")
    raise TryLater("the harbour master is asleep", after=after)


@task()
def be_refused() -> None:
    raise RefusedOutside("forbidden", "no boat of this length")


@task()
def sink() -> None:
    raise ZeroDivisionError("a hole in the hull")


@task()
def note_ordinary_transactions() -> None:
    SEEN.append(len(connection.savepoint_ids))


def not_a_task() -> None:
    SEEN.append("this must never run")


@periodic("samples.tide", every=timedelta(hours=6))
def tide() -> None:
    SEEN.append("tide")
