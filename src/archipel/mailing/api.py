# SPDX-License-Identifier: AGPL-3.0-or-later
"""What programs read of the demonstration's mailbox; nothing of it exists elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.mailing import queries

router = Router(tags=["demonstration"])
SHOWN = 50


class DemonstrationMail(Schema):
    """A message as its addressee would read it."""

    id: str
    subject: str
    text: str
    to: str
    to_name: str
    reply_to: str
    at: datetime


@router.get("/demonstration/mails", response=list[DemonstrationMail], operation_id="listDemonstrationMails")
def mails(request: HttpRequest, to: str = "", after: datetime | None = None) -> list[Any]:
    """Return the latest messages, newest first; ``to`` is part of an address, ``after`` an instant (404 elsewhere)."""
    return [queries.readable(email) for email in queries.demonstration_mails(to=to, after=after)[:SHOWN]]
