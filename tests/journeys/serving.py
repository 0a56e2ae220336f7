# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serving a demonstration that was loaded once, as many times as there are walks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.serving import Served


def copied(loaded: tuple[Path, int], folder: Path) -> tuple[Path, int]:
    """Return a copy of a loaded demonstration, and the port its addresses hold."""
    source, port = loaded
    return shutil.copytree(source, folder / "data"), port


@contextmanager
def untouched(loaded: tuple[Path, int], folder: Path) -> Iterator[str]:
    """Serve a copy of a loaded demonstration; give its address."""
    data, port = copied(loaded, folder)
    with Served(data, port, ARCHIPEL_DATABASE="") as served:
        yield served.address
