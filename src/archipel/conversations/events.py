# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class MessageWritten(Fact):
    """Somebody who takes part wrote (public ids; ``side`` is host or them). Never for notes, events, unconfirmed mails."""

    conversation_id: str
    message_id: str
    about_kind: str
    about_id: str
    side: str
