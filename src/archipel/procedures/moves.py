# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one way a procedure changes state; the caller holds its lock."""

from __future__ import annotations

from archipel.kernel import clock
from archipel.procedures import states
from archipel.procedures.models import Procedure


def move(procedure: Procedure, to: str) -> None:
    """Check and write a change of state; ``MoveRefused`` when the table does not hold it."""
    states.PROCEDURE.check(procedure.state, to)
    procedure.state, procedure.state_since = to, clock.now()
    procedure.finished_at = None if to in states.UNFINISHED else procedure.state_since
    procedure.save(update_fields=["state", "state_since", "finished_at"])
