# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of a procedure: *stopped* needs a human, *done* and *cancelled* are the end."""

from __future__ import annotations

from archipel.kernel.states import Moves

RUNNING, WAITING, STOPPED, DONE, CANCELLED = "running", "waiting", "stopped", "done", "cancelled"

PROCEDURE = Moves.of(
    {
        RUNNING: "running waiting stopped done cancelled",
        WAITING: "running waiting stopped cancelled",
        STOPPED: "running cancelled",
        DONE: "",
        CANCELLED: "",
    }
)
UNFINISHED = (RUNNING, WAITING, STOPPED)
UNDER_WAY = (RUNNING, WAITING)
