# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.kernel import door


def close_door() -> str:
    """Let nobody act from now on, people and worker alike, and return the key that still looks at pages."""
    return door.close()


def reopen_door() -> bool:
    """Let everybody in again and return whether the door was closed."""
    return door.reopen()
