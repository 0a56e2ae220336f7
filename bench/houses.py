# SPDX-License-Identifier: AGPL-3.0-or-later
"""A data folder with the demonstration host in it, ready to be seeded by this process."""

from __future__ import annotations

import os
from pathlib import Path


def made_ready(data: Path, port: int) -> None:
    """Let Django be set up on this folder and load the demonstration host; once a process."""
    os.environ |= {"ARCHIPEL_DATA": str(data), "PORT": str(port), "BIND": "127.0.0.1", "ARCHIPEL_MODE": "demonstration"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    from archipel.config.preparation import prepare  # late: settings read the environment set above

    prepare()
