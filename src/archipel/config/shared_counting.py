# SPDX-License-Identifier: AGPL-3.0-or-later
"""A place where the processes of one ``archipel web`` count together; prometheus-client wants it before it is loaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def share_counting() -> None:
    """Make an empty folder and name it to the library; a former one of the same user is thrown away."""
    folder = Path(tempfile.gettempdir()) / f"archipel-counting-{os.getuid()}-{os.environ.get('PORT') or 8000}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
