# SPDX-License-Identifier: AGPL-3.0-or-later
"""Let the worker live through the pauses of a procedure."""

from __future__ import annotations

from datetime import timedelta

from archipel.kernel import clock
from archipel.outbox.worker import drain


def to_the_end(tries: int = 12) -> None:
    """Let the worker do everything, coming back after each pause."""
    for _try in range(tries):
        drain(raise_errors=False)
        clock.move_forward(timedelta(minutes=10))
    drain(raise_errors=False)
