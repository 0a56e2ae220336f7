# SPDX-License-Identifier: AGPL-3.0-or-later
"""Django's own way of sending mail goes through the same queue as every other message."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import get_language

from archipel.mailing import operations


class MailingBackend(BaseEmailBackend):
    """Queue what libraries send, one message an address; their attachments and HTML are left out, the text stays."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return sum(self._queue(message) for message in email_messages)

    def _queue(self, message: EmailMessage) -> int:
        for recipient in message.recipients():
            name, address = parseaddr(recipient)
            details: dict[str, Any] = {"headers": {"Auto-Submitted": "auto-generated"}}
            if message.reply_to:
                details["reply_to"] = message.reply_to[0]
            operations.send_text(
                name="django/mail",
                to=address,
                to_name=name,
                language=get_language() or "fr",
                subject=str(message.subject),
                body=str(message.body),
                **details,
            )
        return 1
