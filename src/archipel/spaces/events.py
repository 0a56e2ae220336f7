# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class SpaceOpened(Fact):
    """A space may be used; ``request_id`` is empty when no request stood before it."""

    space_id: str
    organisation_id: str
    request_id: str = ""


@dataclass(frozen=True)
class SpaceClosed(Fact):
    """Closing was asked: the space is no longer shown, and will be deleted after the delay."""

    space_id: str
    organisation_id: str


@dataclass(frozen=True)
class SpaceDeleted(Fact):
    """Nothing of the space is left but its history and the proof."""

    space_id: str
    organisation_id: str
