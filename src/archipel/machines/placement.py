# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which machine a space gets: a decision from figures alone, the same each time it is asked with the same figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

# Kept free on any machine however small, for its own system and the engine.
LEAST_KEPT = 256 * 1024 * 1024


@dataclass(frozen=True)
class Candidate:
    """A machine as placement sees it: bytes of memory it has and has promised; ``open``: it takes something new."""

    id: str
    name: str
    memory: int
    reserved: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    open: bool = True


@dataclass(frozen=True)
class Wish:
    """What is to be placed: bytes of memory, labels asked for (all of them), machines to avoid by id."""

    memory: int
    labels: Mapping[str, str] = field(default_factory=dict)
    avoid: Collection[str] = ()


def kept_free(memory: int, percent: int) -> int:
    """Return how many bytes of a machine's memory are promised to nobody."""
    return min(memory, max(LEAST_KEPT, memory * percent // 100))


def room_on(candidate: Candidate, percent: int) -> int:
    """Return how many bytes can still be promised there; negative when too much was."""
    return candidate.memory - kept_free(candidate.memory, percent) - candidate.reserved


def fits(candidate: Candidate, labels: Mapping[str, str]) -> bool:
    """Return whether a machine carries every label that is asked for; capitals make no difference."""
    return all(candidate.labels.get(name, "").casefold() == value.casefold() for name, value in labels.items())


def possible(candidates: Iterable[Candidate], wish: Wish) -> list[Candidate]:
    """Return the machines that take something new and carry the labels, most room or not."""
    return [one for one in candidates if one.open and one.id not in wish.avoid and fits(one, wish.labels)]


def choose(candidates: Iterable[Candidate], wish: Wish, percent: int) -> Candidate | None:
    """Return the possible machine with most room, the first by name where several have as much; None when none has enough."""
    best = min(possible(candidates, wish), key=lambda one: (-room_on(one, percent), one.name, one.id), default=None)
    return best if best is not None and room_on(best, percent) >= wish.memory else None
