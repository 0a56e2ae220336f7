# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secrets given as files, as container engines and systemd do: ``NAME_FILE`` says where the value of ``NAME`` is."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

# Keycloak's secret has a file of its own way (config.keycloak): no web process ever reads it.
NAMES = (
    "ARCHIPEL_DATABASE",
    "ARCHIPEL_DATABASE_PASSPHRASE",
    "ARCHIPEL_SMTP",
    "ARCHIPEL_SMTP_OF_SPACES",
    "ARCHIPEL_S3_SECRET_KEY",
    "ARCHIPEL_BACKUP_PASSPHRASE",
    "ARCHIPEL_METRICS_TOKEN",
)


class UnreadableSecret(Exception):
    """A variable names a file that cannot be read."""


def read_secret_files(environment: MutableMapping[str, str] = os.environ) -> None:
    """Give each variable of ``NAMES`` the content of the file its ``_FILE`` names; what is already set stays."""
    for name in NAMES:
        path = environment.get(f"{name}_FILE")
        if not path or environment.get(name):
            continue
        try:
            environment[name] = Path(path).read_text().strip()
        except OSError as problem:
            raise UnreadableSecret(f"{name}_FILE={path} cannot be read: {problem.strerror}.") from problem
