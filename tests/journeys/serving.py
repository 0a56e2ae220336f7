# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serving a demonstration that was loaded once, as many times as there are walks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.serving import Served


@contextmanager
def untouched(loaded: tuple[Path, int], folder: Path) -> Iterator[str]:
    """Serve a copy of a loaded demonstration, on the port its addresses hold; give its address."""
    source, port = loaded
    data = shutil.copytree(source, folder / "data")
    with Served(data, port, ARCHIPEL_DATABASE="") as served:
        yield served.address
