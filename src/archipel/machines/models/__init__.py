# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.machines.models.engine import EngineSeen
from archipel.machines.models.machines import Machine, Ownership, Site
from archipel.machines.models.places import BackupPlace, OwnCopy, PlaceKind

__all__ = ["BackupPlace", "EngineSeen", "Machine", "OwnCopy", "Ownership", "PlaceKind", "Site"]
