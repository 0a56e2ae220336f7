# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is written in a conversation: messages, notes of the host, events; and what a human of the host says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from archipel.conversations import files as disk
from archipel.conversations.models import Conversation, Message
from archipel.conversations.operations.threads import Side, add_participant
from archipel.conversations.parsing import LARGEST_FILES, MOST_FILES
from archipel.conversations.plain_text import clean_line, clean_text
from archipel.conversations.posting import add_message, attach, publish
from archipel.identity import limits
from archipel.kernel.refusals import Invalid, NotFound, Refusal

LONGEST_BODY = 20_000  # signs, by page
MESSAGES_AN_HOUR = 40


class NothingWritten(Invalid):
    """Neither words nor files."""

    code = "nothing_written"
    message = _("Write something first, or add a file.")


class TooLong(Invalid):
    """More words than a message holds."""

    code = "too_long"
    message = _("This message is too long: 20,000 signs at most. Send the rest as a file.")


class FilesTooLarge(Refusal):
    """More than what a message carries."""

    code = "files_too_large"
    message = _("These files are too large: 10 MB at most in one message, and 30 files.")
    status = 413


def write(
    *,
    conversation: Conversation,
    side: Side,
    body: str,
    author: Any = None,
    author_name: str = "",
    author_email: str = "",
    files: Sequence[UploadedFile[Any]] = (),
) -> Message:
    """Write a message and mail it to the other side.

    The author takes part from then on. A message of the hosted side makes the conversation wait for the host, one of
    the host ends the waiting.
    """
    body = clean_text(body).strip()
    _check(body, files)
    if author is not None:
        limits.check(f"person:{author.public_id}", "conversations.write", MESSAGES_AN_HOUR, 3600)
    stored = _stored(files)
    with transaction.atomic():
        message = add_message(
            conversation,
            kind="message",
            side=side,
            body=body,
            author=author,
            author_name=author_name or getattr(author, "name", ""),
            author_email=author_email or getattr(author, "email", ""),
        )
        attach(message, stored)
        if author is not None:
            add_participant(conversation=conversation, email=author.email, name=author.name, side=side, person=author)
        publish(message)
    return message


def note(*, conversation: Conversation, author: Any, body: str, files: Sequence[UploadedFile[Any]] = ()) -> Message:
    """Write something only the host reads; it is never sent."""
    body = clean_text(body).strip()
    _check(body, files)
    stored = _stored(files)
    with transaction.atomic():
        message = add_message(
            conversation,
            kind="note",
            side="host",
            body=body,
            author=author,
            author_name=author.name,
            author_email=author.email,
        )
        attach(message, stored)
    return message


@transaction.atomic
def record_event(*, conversation: Conversation, text: str) -> Message:
    """Write a line that says what happened (translated by the caller), shown to both sides, mailed to nobody."""
    return add_message(conversation, kind="event", side="", body=clean_line(str(text)), author=None)


@transaction.atomic
def answered(*, conversation: Conversation, by: Any) -> Conversation:
    """Say that no answer is needed: the conversation leaves Today until the next message."""
    del by  # any person of the desk; the thread itself shows who writes
    conversation.waits_for_host, conversation.waits_since = False, None
    conversation.save(update_fields=["waits_for_host", "waits_since"])
    return conversation


@transaction.atomic
def confirm_message(*, message_id: str, conversation: Conversation, by: Any) -> Message:
    """Take an unconfirmed mail for what its participant wrote: a human of the host knows the sender."""
    message = Message.objects.select_for_update().filter(conversation=conversation, public_id=message_id).first()
    if message is None:
        raise NotFound
    if not message.confirmed:
        message.confirmed = True
        message.save(update_fields=["confirmed"])
        publish(message)
        with override(_spoken_in(conversation)):
            said = _("%(who)s confirmed the sender %(address)s")
            text = str(said % {"who": by.name, "address": message.author_email or message.author_name})
        record_event(conversation=conversation, text=text)
    return message


def _spoken_in(conversation: Conversation) -> str | None:
    """Return the language of whom the host speaks with: an event is kept in their words, whoever made it happen."""
    reader = conversation.participants.filter(side="them").select_related("person").order_by("pk").first()
    spoken = (reader.person.language if reader.person else reader.language) if reader else ""
    return spoken or get_language()


def _stored(files: Sequence[UploadedFile[Any]]) -> list[disk.StoredFile]:
    return [disk.store(str(file.name or ""), str(file.content_type or ""), file.chunks()) for file in files]


def _check(body: str, files: Sequence[UploadedFile[Any]]) -> None:
    if not body and not files:
        raise NothingWritten(field="body")
    if len(body) > LONGEST_BODY:
        raise TooLong(field="body")
    if len(files) > MOST_FILES or sum(int(file.size or 0) for file in files) > LARGEST_FILES:
        raise FilesTooLarge(field="files")
