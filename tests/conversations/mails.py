# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mails as people and machines send them."""

from __future__ import annotations

from email.message import EmailMessage
from itertools import count

from archipel.kernel import keys
from archipel.mailing.addresses import reply_address

_numbers = count(1)


def reply_to(participant):
    return reply_address(keys.unlock(participant.locked_token))


def mail(to="", sender="Alice Martin <alice@trois-ponts.example>", body="Bonjour,\n\nvoici.\n", **headers):
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = headers.pop("Subject", "Re: Votre demande de site")
    message["Message-ID"] = headers.pop("Message_ID", f"<mail-{next(_numbers)}@trois-ponts.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message
