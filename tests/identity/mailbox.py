# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person finds in their mailbox: the messages queued for an address, latest first."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.kernel import keys
from archipel.mailing.models import Email


@dataclass(frozen=True)
class Received:
    name: str
    subject: str
    body: str


def letters_to(address: str) -> list[Received]:
    """Return the messages to an address, latest first."""
    rows = Email.objects.filter(to_address=address.lower()).order_by("-pk")
    return [Received(row.name, row.subject, keys.unlock(row.locked_body)) for row in rows]
