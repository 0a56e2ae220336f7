# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mailbox in memory."""

from __future__ import annotations

from collections.abc import Callable

from archipel.conversations.ports import MailboxAddress, Verdict
from archipel.kernel.outside import RefusedOutside


class FakeReader:
    """Fills ``MailboxReader``. ``mails`` are new, ``done`` and ``unknown`` what became of them; any secret but one opens."""

    WRONG_SECRET = "wrong"  # noqa: S105 - the one secret that does not open

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.done: list[bytes] = []
        self.unknown: list[bytes] = []
        self.failure: Exception | None = None

    def check(self, address: MailboxAddress) -> None:
        if self.failure is not None:
            raise self.failure
        if address.security == "none" and address.server not in {"localhost", "127.0.0.1", "::1"}:
            raise RefusedOutside("bad_input", "a password would travel in clear to another machine")
        if address.secret == self.WRONG_SECRET:
            raise RefusedOutside("forbidden", "the mailbox refuses the name or the password")

    def read(self, address: MailboxAddress, receive: Callable[[bytes], Verdict], *, kept_days: int) -> int:
        del kept_days  # memory is not kept so long
        self.check(address)
        waiting, self.mails, taken = self.mails, [], 0
        for raw in waiting:
            verdict = receive(raw)
            {"done": self.done, "unknown": self.unknown, "later": self.mails}[verdict].append(raw)
            taken += int(verdict == "done")
        return taken
