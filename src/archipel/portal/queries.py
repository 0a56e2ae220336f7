# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the apps below answer, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from archipel.identity.models import Person
from archipel.kernel.today import ExpectedLine, TodayLine
from archipel.organisations.access import desk_may

# Every app that can have something to say; one without the question has no such function.
APPS = [
    "outbox", "procedures", "mailing", "identity", "organisations", "conversations", "catalogue", "agreements", "machines", "spaces", "admissions",
]  # fmt: skip


def _answers(question: str) -> list[Callable[..., Any]]:
    found = []
    for name in APPS:
        if find_spec(f"archipel.{name}.queries"):
            answer = getattr(import_module(f"archipel.{name}.queries"), question, None)
            if answer:
                found.append(answer)
    return found


@dataclass(frozen=True)
class Today:
    """One page of what needs a human, oldest first; ``more`` when there is a following page."""

    lines: list[TodayLine]
    more: bool


def today(person: Person, *, page: int = 1, size: int = 20) -> Today:
    """Return a page of Today for a person of the host, with only what their role lets them act on."""
    wanted = page * size + 1
    lines: list[TodayLine] = []
    for answer in _answers("today_lines"):
        lines += answer(limit=wanted)
    mine = sorted((line for line in lines if desk_may(person, line.verb)), key=lambda line: line.since)
    return Today(mine[wanted - 1 - size : wanted - 1], len(mine) >= wanted)


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return what is expected of a person, oldest first."""
    lines = [line for answer in _answers("expected_of") for line in answer(person)]
    return sorted(lines, key=lambda line: line.since)
