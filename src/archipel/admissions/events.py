# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class WaveOpened(Fact):
    version: ClassVar[int] = 1
    wave_id: str


@dataclass(frozen=True)
class WaveClosed(Fact):
    version: ClassVar[int] = 1
    wave_id: str
