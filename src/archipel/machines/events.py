# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class MachineLost(Fact):
    """A machine answers the engine no more for as long as the host allows; what lived there is down."""

    machine_id: str
    name: str
    silent_since: datetime


@dataclass(frozen=True)
class MachineBack(Fact):
    """A machine that was lost answers again."""

    machine_id: str
    name: str
