# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class EmailQueued(Fact):
    """A message is ready to be handed over; announced again when a server that was silent is to be asked again."""

    email_id: str
