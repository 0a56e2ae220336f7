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
    at: str


@router.get("/demonstration/mails", response=list[DemonstrationMail], operation_id="listDemonstrationMails")
def mails(request: HttpRequest, to: str = "", after: datetime | None = None) -> list[Any]:
    """Return the latest messages, newest first; ``to`` is part of an address, ``after`` an instant (404 elsewhere)."""
    found = queries.demonstration_mails(to=to, after=after)[:SHOWN]
    return [_written(queries.readable(email)) for email in found]


def _written(mail: queries.ReadableMail) -> dict[str, Any]:
    # The whole instant: with milliseconds only, the last mail would be given again to who asks for those after it.
    return {**{name: getattr(mail, name) for name in DemonstrationMail.model_fields}, "at": mail.at.isoformat()}
