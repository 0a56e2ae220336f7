# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail a message to the other side, each with the address that brings the answer back.

Who gets mail on the host's side: the people of the host who take part and still may write at the desk; while nobody
does, the host's contact address.
"""

from __future__ import annotations

from collections.abc import Sequence

from archipel.conversations.access import at_desk
from archipel.conversations.files import relative_path
from archipel.conversations.models import Attachment, Conversation, Delivery, Message, Participant
from archipel.conversations.operations.threads import add_participant
from archipel.conversations.without_account import path_for
from archipel.host import queries as host
from archipel.kernel import keys
from archipel.mailing import operations as mailing
from archipel.mailing.addresses import reply_address

REFERENCES = 10


def mail_to_other_side(message: Message) -> int:
    """Queue one mail for each participant of the other side, in the caller's transaction; return how many."""
    conversation = message.conversation
    readers = _host_readers(conversation) if message.side == "them" else _their_readers(conversation)
    attachments = list(message.attachments.all())
    for reader in readers:
        _mail(message, reader, attachments)
    return len(readers)


def _their_readers(conversation: Conversation) -> list[Participant]:
    found = conversation.participants.filter(side="them", left_at=None).select_related("person")
    return [reader for reader in found if reader.person is None or reader.person.is_active]


def _host_readers(conversation: Conversation) -> list[Participant]:
    found = conversation.participants.filter(side="host", left_at=None).exclude(person=None).select_related("person")
    readers = [reader for reader in found if at_desk(reader.person)]
    if readers:
        return readers
    here = host.current()
    return [add_participant(conversation=conversation, email=here.contact_address, name=here.name, side="host")]


def _mail(message: Message, reader: Participant, attachments: Sequence[Attachment]) -> None:
    here, conversation = host.current(), message.conversation
    author = message.author_name or message.author_email
    earlier = _earlier_ids(conversation, reader)
    headers = {"In-Reply-To": earlier[-1], "References": " ".join(earlier)} if earlier else {}
    email = mailing.send(
        name="conversations/message",
        to=reader.person.email if reader.person else reader.email,
        to_name=reader.name,
        language=_language(reader),
        context={
            "author": author,
            "body": message.body,
            "subject": conversation.subject,
            "first": not earlier,
            "url": _url(conversation, reader),
            "left_out": [left["name"] for left in message.left_out],
        },
        reply_to=reply_address(keys.unlock(reader.locked_token)),
        headers=headers,
        attachments=[
            {"name": kept.name, "content_type": kept.content_type, "path": relative_path(kept.public_id)}
            for kept in attachments
        ],
        automatic=False,
        from_name=f"{author} ({here.name})",
    )
    Delivery.objects.create(message=message, participant=reader, mail_id=email.message_id)


def _earlier_ids(conversation: Conversation, reader: Participant) -> list[str]:
    """Return the ids this reader's mail program knows of, oldest first, so that it shows one thread."""
    sent = Delivery.objects.filter(participant=reader).values_list("message__written_at", "mail_id")
    written = Message.objects.filter(conversation=conversation, author_email=reader.email, by_mail=True)
    known = [*sent, *written.exclude(mail_id=None).values_list("written_at", "mail_id")]
    return [str(mail_id) for _at, mail_id in sorted(known)][-REFERENCES:]


def _url(conversation: Conversation, reader: Participant) -> str:
    if reader.side == "host":
        return f"{host.current().portal_url}/desk/conversations/{conversation.public_id}/"
    signs_in = reader.person is not None and reader.person.has_usable_password()
    own = "" if signs_in else path_for(conversation.about_kind, conversation.about_id, reader.email)
    path = own or (f"/conversations/{conversation.public_id}/" if reader.person else "")
    return f"{host.current().portal_url}{path}" if path else ""


def _language(reader: Participant) -> str:
    own = reader.person.language if reader.person else reader.language
    return own or (host.current().languages or ["fr"])[0]
