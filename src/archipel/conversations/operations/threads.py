# SPDX-License-Identifier: AGPL-3.0-or-later
"""Conversations and who takes part in them."""

from __future__ import annotations

import secrets
from typing import Any, Literal

from django.db import transaction

from archipel.conversations.models import Conversation, Participant
from archipel.kernel import clock, keys
from archipel.kernel.references import ALPHABET, digest
from archipel.mailing.addresses import normalised

Side = Literal["host", "them"]
TOKEN_LENGTH = 28  # 133 bits in small letters and digits: mail servers may fold the case of an address


@transaction.atomic
def open_conversation(*, about: tuple[str, str], subject: str, organisation: Any = None) -> Conversation:
    """Return the conversation about an object (kind, public id), begun now when there is none."""
    now = clock.now()
    conversation, _made = Conversation.objects.get_or_create(
        about_kind=about[0],
        about_id=about[1],
        defaults={
            "subject": " ".join(subject.split())[:200],
            "organisation": organisation,
            "opened_at": now,
            "last_message_at": now,
        },
    )
    if organisation is not None and conversation.organisation_id is None:
        conversation.organisation = organisation
        conversation.save(update_fields=["organisation"])
    return conversation


@transaction.atomic
def add_participant(
    *, conversation: Conversation, email: str, name: str, side: Side, person: Any = None, language: str = ""
) -> Participant:
    """Let an address take part; one that already does keeps its token, and comes back if it had left."""
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    participant, made = Participant.objects.get_or_create(
        conversation=conversation,
        email=normalised(email),
        defaults={
            "name": name[:120],
            "side": side,
            "person": person,
            "language": language,
            "token_digest": digest(token),
            "locked_token": keys.lock(token),
        },
    )
    if not made:
        participant.left_at = None
        participant.person = person or participant.person
        participant.name = name[:120] or participant.name
        participant.save(update_fields=["left_at", "person", "name"])
    return participant


@transaction.atomic
def remove_participant(*, conversation: Conversation, person: Any) -> None:
    """Send nothing more to a person, and take their mails for those of a stranger."""
    _leave(conversation.participants.filter(person=person))


@transaction.atomic
def follow_ended_role(*, organisation_id: str, person_id: str) -> int:
    """Take who left an organisation out of its conversations (public ids); return how many they left."""
    mine = Participant.objects.filter(
        person__public_id=person_id, conversation__organisation__public_id=organisation_id, side="them"
    )
    return _leave(mine)


def _leave(participants: Any) -> int:
    return int(participants.filter(left_at=None).update(left_at=clock.now()))
