# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hint that there is work: a touched file, looked at by idle workers of the same machine between two polls.

Only a hint: a worker that misses it (another machine, a full disk) polls within a second anyway.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

GLANCE = 0.1


def wake_after_commit() -> None:
    """Touch the file once the caller's transaction is committed."""
    transaction.on_commit(_touch)


def wait_for_hint(longest: float, stopped: Callable[[], bool]) -> None:
    """Sleep up to ``longest`` seconds, less when the file is touched or the worker is told to stop."""
    seen = _touched()
    end = time.monotonic() + longest
    while not stopped() and _touched() == seen and (left := end - time.monotonic()) > 0:
        time.sleep(min(GLANCE, left))


def _path() -> Path:
    return Path(settings.ARCHIPEL_DATA) / "outbox-wake"


def _touch() -> None:
    path = _path()
    try:
        os.utime(path)
    except FileNotFoundError:
        path.touch()
    except OSError:
        pass


def _touched() -> int:
    try:
        return _path().stat().st_mtime_ns
    except OSError:
        return 0
