# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sending needs from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """A finished message: ``raw`` is RFC 5322 with CRLF, the two addresses are those of the envelope."""

    envelope_from: str
    to: str
    raw: bytes


# Codes of RefusedOutside: the address does not exist or refuses us for good; its mailbox is full; this letter or this
# sender is not accepted (RFC 3463 class 5.7 and other answers that say nothing of the address).
RECIPIENT = "recipient"
FULL = "full"
POLICY = "policy"


class MailSender(Protocol):
    """Hands letters to a mail server.

    ``TryLater``: no answer, a 4xx answer, or a server that does not let us in (the letter is not at fault).
    ``RefusedOutside``: a 5xx answer, with one of the codes above.
    """

    def send(self, letter: Letter) -> None:
        """Return once the server took over the letter."""
