# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a stored message to the bytes that leave."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from archipel.host import queries as host
from archipel.kernel import keys
from archipel.mailing.addresses import envelope_from, loop_mark, one_line, reply_base
from archipel.mailing.models import Email
from archipel.mailing.ports import Letter


def letter_of(email: Email) -> Letter:
    """Return what is handed to the mail server; attached files are read now."""
    message = EmailMessage(policy=SMTP)
    here, base = host.current(), reply_base()
    message["From"] = _address(email.from_name or here.sender_name, here.sender_address)
    message["To"] = _address(email.to_name, email.to_address)
    message["Subject"] = email.subject
    message["Date"] = format_datetime(email.created_at)
    message["Message-ID"] = email.message_id
    if email.reply_to:
        message["Reply-To"] = email.reply_to
    # Holiday answers help nobody here, and a mail of ours that comes back to us must be known as such.
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Loop"] = loop_mark(base)
    for header, value in email.headers.items():
        message[header] = one_line(str(value))
    _fill(message, email)
    return Letter(envelope_from(email.public_id, base), email.to_address, message.as_bytes())


def _fill(message: EmailMessage, email: Email) -> None:
    text = keys.unlock(email.locked_body)
    files, missing = [], []
    for attached in email.attachments:
        path = Path(settings.ARCHIPEL_DATA) / "files" / attached["path"]
        if path.is_file():
            files.append((attached, path))
        else:
            missing.append(attached["name"])
    if missing:
        with translation.override(email.language):
            text = _("[A file could not be attached: %(names)s]") % {"names": ", ".join(missing)} + "\n\n" + text
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    for attached, path in files:
        kind, _slash, detail = attached["content_type"].partition("/")
        message.add_attachment(
            path.read_bytes(), maintype=kind, subtype=detail or "octet-stream", filename=attached["name"]
        )


def _address(name: str, address: str) -> Address:
    return Address(display_name=one_line(name), addr_spec=address)
