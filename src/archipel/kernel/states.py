# SPDX-License-Identifier: AGPL-3.0-or-later
"""States as tables of allowed moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Refusal


class MoveRefused(Refusal):
    """The state an object is in does not allow this move."""

    code = "move_refused"
    message = _("This is no longer possible: the situation has changed in the meantime.")


@dataclass(frozen=True)
class Moves:
    """The allowed moves of one kind of object: state → states it may become."""

    table: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, table: Mapping[str, str]) -> Moves:
        """Build from ``{"draft": "submitted withdrawn", ...}``; every state named must have a row."""
        moves = {state: frozenset(targets.split()) for state, targets in table.items()}
        unknown = {target for targets in moves.values() for target in targets} - set(moves)
        if unknown:
            raise ValueError(f"states without a row: {sorted(unknown)}")
        return cls(moves)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.table)

    def allows(self, before: str, after: str) -> bool:
        return after in self.table[before]

    def check(self, before: str, after: str) -> None:
        """Refuse a move the table does not hold (``MoveRefused``)."""
        if not self.allows(before, after):
            raise MoveRefused(before=before, after=after)
