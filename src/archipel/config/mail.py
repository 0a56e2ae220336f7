# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sends mail and what reads the mailbox: servers at a real host, memory in the demonstration (nothing leaves)."""

from __future__ import annotations

import os
from functools import lru_cache

from django.conf import settings

from archipel.connectors.imap.connector import ImapReader
from archipel.connectors.imap.fake import FakeReader
from archipel.connectors.smtp.client import SmtpServer
from archipel.connectors.smtp.connector import NoServer, SmtpSender
from archipel.connectors.smtp.fake import FakeSender
from archipel.conversations.ports import MailboxReader
from archipel.kernel import clock
from archipel.mailing.ports import MailSender


def mail_sender() -> MailSender:
    """Return what hands messages over: ``ARCHIPEL_SMTP``, or memory in the demonstration whatever is set."""
    if settings.DEMONSTRATION:
        return FakeSender()
    address = os.environ.get("ARCHIPEL_SMTP", "")
    return SmtpSender(SmtpServer.parse(address)) if address else NoServer()


@lru_cache(maxsize=1)
def mailbox_reader() -> MailboxReader:
    """Return what reads the mailbox: IMAP, or memory in the demonstration."""
    return FakeReader() if settings.DEMONSTRATION else ImapReader(clock.today)
