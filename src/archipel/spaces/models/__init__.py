# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.spaces.models.backups import Backup, Drill, LastCopy
from archipel.spaces.models.domains import Domain
from archipel.spaces.models.hand import HandStep, Moment
from archipel.spaces.models.leaving import Closing, Export
from archipel.spaces.models.observations import SpaceDrift, UsageWarning
from archipel.spaces.models.people import Application, AwaitedRole, SpaceRole
from archipel.spaces.models.reports import Report
from archipel.spaces.models.spaces import Address, Hold, LeftBehind, Space, SpaceSecret
from archipel.spaces.models.upgrades import Restoration, Upgrade, UpgradeRound
from archipel.spaces.models.websites import Publication

__all__ = [
    "Address",
    "Application",
    "AwaitedRole",
    "Backup",
    "Closing",
    "Domain",
    "Drill",
    "Export",
    "HandStep",
    "Hold",
    "LastCopy",
    "LeftBehind",
    "Moment",
    "Publication",
    "Report",
    "Restoration",
    "Space",
    "SpaceDrift",
    "SpaceRole",
    "SpaceSecret",
    "Upgrade",
    "UpgradeRound",
    "UsageWarning",
]
