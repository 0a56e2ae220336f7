# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import time

from archipel.kernel import door
from archipel.outbox import queries as outbox


def close_door(*, patience: float = 0) -> str:
    """Let nobody act from now on, people and worker alike, and return the key that still looks at pages.

    ``patience``: seconds that tasks under way may take to end before this returns; what does not end is run again later.
    """
    key = door.close()
    end = time.monotonic() + patience
    while time.monotonic() < end and outbox.anything_held():
        time.sleep(0.2)
    return key


def reopen_door() -> bool:
    """Let everybody in again and return whether the door was closed."""
    return door.reopen()
