# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps others waiting: locks held from another process, as a neighbour that is slow would."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from archipel.connectors.websites.folder import _LOCKS


@contextmanager
def nobody_swaps(websites: Path) -> Iterator[None]:
    """Hold the locks of the store, as another process that swaps: the step that wants one waits there."""
    locks = websites / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        for number in range(_LOCKS):
            handle = os.open(locks / f"{number:02d}", os.O_CREAT | os.O_RDWR, 0o600)
            held.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def nobody_writes(data: Path) -> Iterator[None]:
    """Hold the write lock of the database."""
    with closing(sqlite3.connect(data / "archipel.sqlite3", timeout=30, isolation_level=None)) as books:
        books.execute("BEGIN IMMEDIATE")
        yield
        books.execute("ROLLBACK")
