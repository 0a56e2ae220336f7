# SPDX-License-Identifier: AGPL-3.0-or-later
"""What reading the mailbox needs from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

Security = Literal["tls", "starttls", "none"]
Verdict = Literal["done", "unknown", "later"]


@dataclass(frozen=True)
class MailboxAddress:
    """Where a mailbox is and how it opens; ``none`` sends the secret in clear and is for this machine only."""

    server: str
    port: int
    security: Security
    login: str
    secret: str = field(repr=False)
    folder: str = "INBOX"


class MailboxReader(Protocol):
    """Presents each new mail of a mailbox once it can, and again if it was not told what became of it.

    ``TryLater``: no answer. ``RefusedOutside``: code ``forbidden`` (login or secret), ``unknown`` (no such folder),
    ``bad_input`` (a connection in clear to another machine).
    """

    def read(self, address: MailboxAddress, receive: Callable[[bytes], Verdict], *, kept_days: int) -> int:
        """Present new mails, oldest first, and return how many were taken in.

        done: marked as read by Archipel, deleted ``kept_days`` days after it came. unknown: moved to the folder
        ``Archipel-unknown``. later: left as it is and presented again next time. A mail too large to be received is
        moved like an unknown one.
        """

    def check(self, address: MailboxAddress) -> None:
        """Sign in and open the folder, change nothing."""
