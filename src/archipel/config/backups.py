# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps back-ups: restic, whatever the kind of the place (setting ``BACKUP_STORE``)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import BackupPlaceSpec, BackupStore


def store(spec: BackupPlaceSpec) -> BackupStore:
    """Return the store of a place. In the demonstration nothing leaves the machine: folders only (``bad_input``)."""
    from archipel.connectors.restic.connector import ResticStore  # late: boto3 is only loaded when it is used

    if settings.DEMONSTRATION and spec.kind != "folder":
        raise RefusedOutside("bad_input", "in the demonstration, back-ups stay in a folder of this machine")
    return ResticStore(spec, Path(settings.ARCHIPEL_DATA) / "tmp" / "backups", now=clock.now)
