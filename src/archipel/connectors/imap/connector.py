# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills ``conversations.ports.MailboxReader`` with an IMAP server."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import date, timedelta

from archipel.connectors.imap.client import TIMEOUT, ImapMailbox, day, open_mailbox
from archipel.conversations.ports import MailboxAddress, Verdict

KEYWORD = "ArchipelRead"
UNKNOWN_FOLDER = "Archipel-unknown"
AT_ONCE = 200
LARGEST = 40 * 1000 * 1000  # bytes


class ImapReader:
    """``today`` tells the day, so that what is old is decided by the clock of who builds the reader."""

    def __init__(self, today: Callable[[], date], tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT) -> None:
        self._today = today
        self._tls = tls
        self._timeout = timeout

    def check(self, address: MailboxAddress) -> None:
        with open_mailbox(address, tls=self._tls, timeout=self._timeout):
            pass

    def read(self, address: MailboxAddress, receive: Callable[[bytes], Verdict], *, kept_days: int) -> int:
        taken = 0
        with open_mailbox(address, tls=self._tls, timeout=self._timeout) as mailbox:
            for uid in mailbox.search(*_new(mailbox))[:AT_ONCE]:
                taken += self._present(mailbox, uid, receive)
            before = day(self._today() - timedelta(days=kept_days))
            # Only with a mark of our own: a mail that somebody else read in this folder is not ours to delete.
            if mailbox.keywords:
                mailbox.delete(mailbox.search("KEYWORD", KEYWORD, "BEFORE", before))
        return taken

    def _present(self, mailbox: ImapMailbox, uid: bytes, receive: Callable[[bytes], Verdict]) -> int:
        if mailbox.size(uid) > LARGEST:
            self._put_away(mailbox, uid)
            return 0
        raw = mailbox.fetch(uid)
        if raw is None:
            return 0
        verdict = receive(raw)
        if verdict == "done":
            mailbox.flag(uid, "\\Seen", *([KEYWORD] if mailbox.keywords else []))
        elif verdict == "unknown":
            self._put_away(mailbox, uid)
        return int(verdict == "done")

    @staticmethod
    def _put_away(mailbox: ImapMailbox, uid: bytes) -> None:
        if not mailbox.move(uid, UNKNOWN_FOLDER):
            mailbox.flag(uid, "\\Flagged", "\\Seen", *([KEYWORD] if mailbox.keywords else []))


def _new(mailbox: ImapMailbox) -> tuple[str, ...]:
    # A colleague who reads the mailbox with their own program must not make answers disappear.
    return ("UNKEYWORD", KEYWORD, "UNDELETED") if mailbox.keywords else ("UNSEEN", "UNDELETED")
