# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only way a conversation and its files reach a person."""

from __future__ import annotations

from typing import Any

from archipel.conversations.models import Attachment, Conversation
from archipel.host import gate
from archipel.kernel.refusals import NotFound
from archipel.organisations.access import roles_held
from archipel.organisations.rights import ORGANISATION_RIGHTS, verbs_of

DESK_VERB = "write"


def conversation_of(person: Any, public_id: str) -> Conversation:
    """Return a conversation to who takes part in it, to the people of its organisation, and to the desk."""
    conversation = _found(public_id)
    if not (takes_part(person, conversation) or at_desk(person)):
        raise NotFound
    return conversation


def conversation_for_them(person: Any, public_id: str) -> Conversation:
    """Return a conversation to the side that is hosted only."""
    conversation = _found(public_id)
    if not takes_part(person, conversation):
        raise NotFound
    return conversation


def conversation_for_desk(person: Any, public_id: str) -> Conversation:
    """Return a conversation to the people of the host who may write."""
    if not at_desk(person):
        raise NotFound
    return _found(public_id)


def takes_part(person: Any, conversation: Conversation) -> bool:
    """Return whether a person is of the hosted side: took part themselves, or belongs to the organisation."""
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return False
    own = roles_held(person).by_organisation.get(conversation.organisation_id or 0, frozenset())
    if DESK_VERB in verbs_of(own, ORGANISATION_RIGHTS):
        return True
    return conversation.participants.filter(person=person, side="them", left_at=None).exists()


def at_desk(person: Any) -> bool:
    """Return whether a person answers for the host."""
    return bool(person is not None and gate.may(person, DESK_VERB))


def attachment_of(person: Any, public_id: str) -> Attachment:
    """Return a file to those who read the message it came with."""
    attachment = Attachment.objects.select_related("message__conversation").filter(public_id=public_id).first()
    if attachment is None:
        raise NotFound
    message = attachment.message
    if at_desk(person):
        return attachment
    hidden = message.kind == "note" or (message.side == "host" and not message.confirmed)
    if hidden or not takes_part(person, message.conversation):
        raise NotFound
    return attachment


def _found(public_id: str) -> Conversation:
    conversation = Conversation.objects.select_related("organisation").filter(public_id=public_id).first()
    if conversation is None:
        raise NotFound
    return conversation
