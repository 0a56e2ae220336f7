# SPDX-License-Identifier: AGPL-3.0-or-later
"""What moves when two persons, or two organisations, turn out to be one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from archipel.conversations.models import Conversation, Message, Participant
from archipel.identity import merging as persons
from archipel.identity.merging import MergeLines
from archipel.organisations import merging as organisations


def move(kept: Any, absorbed: Any) -> None:
    """Give the messages and places of one person to the other; both addresses go on taking part."""
    Message.objects.filter(author=absorbed).update(author=kept)
    Participant.objects.filter(person=absorbed).update(person=kept)


def preview(kept: Any, absorbed: Any) -> MergeLines:
    del kept
    count = Message.objects.filter(author=absorbed).count()
    if not count:
        return MergeLines()
    sentence = ngettext("%(count)d message in conversations", "%(count)d messages in conversations", count)
    return MergeLines(moves=[sentence % {"count": count}])


def move_conversations(kept: Any, absorbed: Any) -> None:
    """Give the conversations of one organisation to the other."""
    Conversation.objects.filter(organisation=absorbed).update(organisation=kept)


def preview_conversations(kept: Any, absorbed: Any) -> MergeLines:
    del kept
    count = Conversation.objects.filter(organisation=absorbed).count()
    if not count:
        return MergeLines()
    sentence = ngettext("%(count)d conversation", "%(count)d conversations", count)
    return MergeLines(moves=[sentence % {"count": count}])


persons.register("conversations", move, preview)
organisations.register("conversations", move_conversations, preview_conversations)
