# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a message gets into a thread and what follows from it, whichever way it came; used by the operations of this app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archipel.conversations.dispatch import mail_to_other_side
from archipel.conversations.events import MessageWritten
from archipel.conversations.files import StoredFile
from archipel.conversations.models import Attachment, Conversation, Message
from archipel.kernel import clock
from archipel.outbox import operations as outbox


def add_message(conversation: Conversation, **values: Any) -> Message:
    """Write one row, with nothing that follows from it."""
    now = clock.now()
    message = Message.objects.create(conversation=conversation, written_at=now, **values)
    conversation.last_message_at = now
    conversation.save(update_fields=["last_message_at"])
    return message


def attach(message: Message, stored: Sequence[StoredFile]) -> None:
    """Tie stored files to a message."""
    Attachment.objects.bulk_create(
        Attachment(
            public_id=file.public_id,
            message=message,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
        )
        for file in stored
    )


def publish(message: Message) -> None:
    """Let a confirmed message have its effects, in the caller's transaction."""
    conversation = message.conversation
    mail_to_other_side(message)
    wait_for_host(conversation, message.side == "them")
    outbox.announce(
        MessageWritten(
            conversation_id=conversation.public_id,
            message_id=message.public_id,
            about_kind=conversation.about_kind,
            about_id=conversation.about_id,
            side=message.side,
        )
    )


def wait_for_host(conversation: Conversation, waits: bool) -> None:
    """Put a conversation on Today since its first unanswered message, or take it off."""
    conversation.waits_for_host = waits
    conversation.waits_since = (conversation.waits_since or clock.now()) if waits else None
    conversation.save(update_fields=["waits_for_host", "waits_since"])
