# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.spaces.models.leaving import Closing, Export
from archipel.spaces.models.observations import SpaceDrift, UsageWarning
from archipel.spaces.models.people import Application, AwaitedRole, SpaceRole
from archipel.spaces.models.reports import Report
from archipel.spaces.models.spaces import Address, Hold, Space, SpaceSecret
from archipel.spaces.models.upgrades import Restoration, Upgrade, UpgradeRound
from archipel.spaces.models.websites import Publication

__all__ = [
    "Address",
    "Application",
    "AwaitedRole",
    "Closing",
    "Export",
    "Hold",
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
