# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the apps above say what moves when two persons turn out to be one. ``<app>/merging.py`` is read at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class MergeLines:
    """What a merge would do: ``moves`` are sentences, ``conflicts`` say how what cannot be kept twice is settled."""

    moves: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    def add(self, other: MergeLines) -> None:
        self.moves += other.moves
        self.conflicts += other.conflicts


@dataclass(frozen=True)
class Mover:
    """What one app does in the transaction of a merge, and how it says so beforehand."""

    move: Callable[[Any, Any], None]
    preview: Callable[[Any, Any], MergeLines]


class Movers:
    """A register of movers, by the name of their app: registering again replaces."""

    def __init__(self) -> None:
        self._by_name: dict[str, Mover] = {}

    def register(
        self,
        name: str,
        move: Callable[[Any, Any], None],
        preview: Callable[[Any, Any], MergeLines] = lambda _kept, _absorbed: MergeLines(),
    ) -> None:
        self._by_name[name] = Mover(move, preview)

    @property
    def names(self) -> frozenset[str]:
        """Return the apps that registered."""
        return frozenset(self._by_name)

    def unregister(self, name: str) -> None:
        """Leave the register."""
        del self._by_name[name]

    def run(self, kept: Any, absorbed: Any) -> None:
        """Let each app move its rows from ``absorbed`` to ``kept``, in the caller's transaction."""
        for mover in self._by_name.values():
            mover.move(kept, absorbed)

    def lines(self, kept: Any, absorbed: Any) -> MergeLines:
        """Return what each app would do."""
        lines = MergeLines()
        for mover in self._by_name.values():
            lines.add(mover.preview(kept, absorbed))
        return lines


persons = Movers()
register = persons.register
