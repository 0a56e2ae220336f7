# SPDX-License-Identifier: AGPL-3.0-or-later
"""A place where the processes of one ``archipel web`` count together; prometheus-client wants it before it is loaded."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shared_counting() -> Iterator[None]:
    """Name a folder of its own to the library while this lasts: another Archipel on this machine counts elsewhere."""
    with tempfile.TemporaryDirectory(prefix="archipel-counting-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield
