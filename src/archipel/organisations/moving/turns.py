# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many short transactions in a row, with gaps for others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

# SQLite has a writer who waits look again every tenth of a second (its busy handler): a gap as long lets each of them in.
GAP = 0.11
MOST_WITHOUT = 0.3


@contextmanager
def taken_in_turns() -> Iterator[Turns]:
    """Give what begins each transaction of a piece of work; at its end others have their turn."""
    turns = Turns()
    yield turns
    time.sleep(min(GAP, turns.held))


class Turns:
    """``held``: seconds that the writes of this work took since the last gap."""

    def __init__(self) -> None:
        self.held = 0.0

    @contextmanager
    def write(self) -> Iterator[None]:
        """Hold one transaction; a gap comes before it when those before took long enough."""
        if self.held >= MOST_WITHOUT:
            time.sleep(GAP)
            self.held = 0.0
        began = time.monotonic()
        yield
        self.held += time.monotonic() - began
