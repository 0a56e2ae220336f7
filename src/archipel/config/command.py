# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ``archipel`` command: Django's management commands, with hyphens allowed in their names."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Do what the command line asks; what it writes (mails, back-ups, the database) is for its owner only."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    from django.core.management import execute_from_command_line

    words = list(sys.argv)
    if len(words) > 1 and not words[1].startswith("-"):
        words[1] = words[1].replace("-", "_")
    execute_from_command_line(words)
