# SPDX-License-Identifier: AGPL-3.0-or-later
"""What conversations hold on a person: what they wrote, the files they sent, where they take part."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from archipel.conversations import operations
from archipel.conversations.models import Message, Participant


def export(person: Any) -> dict[str, Any]:
    """Return each message a person wrote, with the names of its files, and the conversations they take part in."""
    written = Message.objects.filter(author=person).select_related("conversation").prefetch_related("attachments")
    places = Participant.objects.filter(person=person).select_related("conversation")
    return {
        "messages": [
            {
                "conversation": message.conversation.subject,
                "written_at": message.written_at.isoformat(),
                "by_mail": message.by_mail,
                "text": message.body,
                "files": [attachment.name for attachment in message.attachments.all()],
            }
            for message in written
        ],
        "takes_part_in": [
            {"conversation": place.conversation.subject, "address": place.email, "left": place.left_at is not None}
            for place in places
        ],
    }


def forget(person: Any, pseudonym: str) -> list[str]:
    """Unsign what the person wrote: the words stay with the request they are about, as the other side read them."""
    kept = operations.forget_author(person=person, pseudonym=pseudonym)
    if not kept:
        return []
    sentence = ngettext(
        "%(count)d message stays in its conversation without your name or address: others have read and answered it.",
        "%(count)d messages stay in their conversations without your name or address: others have read and answered"
        " them.",
        kept,
    )
    return [sentence % {"count": kept}]
