# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is not kept: files nobody refers to, mails set aside, the name of who asks to be forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from archipel.conversations import files as disk
from archipel.conversations.models import Attachment, Conversation, Message, Participant, StrayMail
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound

ORPHANS_KEPT = timedelta(days=1)
STRAYS_KEPT = timedelta(days=30)


def purge() -> int:
    """Delete files without a message and mails set aside 30 days ago; return how many went. Repeatable."""
    # Files carry the time of the machine, which the demonstration clock does not move.
    old = (clock.now() - clock.shift() - ORPHANS_KEPT).timestamp()
    orphans = [path for path in disk.stored_before(old) if not Attachment.objects.filter(public_id=path.name).exists()]
    for path in orphans:
        path.unlink(missing_ok=True)
    strays = list(StrayMail.objects.filter(received_at__lt=clock.now() - STRAYS_KEPT))
    for stray in strays:
        disk.quarantine_path(stray.digest).unlink(missing_ok=True)
        stray.delete()
    return len(orphans) + len(strays)


def erase_conversation(*, about: tuple[str, str]) -> None:
    """Delete the conversation about an object (kind, public id) with its messages and files; none is no error."""
    with transaction.atomic():
        found = Conversation.objects.filter(about_kind=about[0], about_id=about[1])
        attached = Attachment.objects.filter(message__conversation__in=found)
        ids = list(attached.values_list("public_id", flat=True))
        found.delete()
        transaction.on_commit(lambda: disk.remove(ids))


@transaction.atomic
def acknowledge_stray(*, public_id: str, by: Any) -> None:
    """Take an unreadable mail off Today; its bytes go 30 days after it came."""
    del by  # nothing of it is shown to anybody else
    if not StrayMail.objects.filter(public_id=public_id).update(seen_at=clock.now()):
        raise NotFound


@transaction.atomic
def forget_author(*, person: Any, pseudonym: str) -> int:
    """Put a pseudonym where a person signed, and take their addresses out; return how many messages stay, unsigned."""
    written = Message.objects.filter(Q(author=person) | Q(author_email__iexact=person.email))
    kept = written.update(author_name=pseudonym, author_email="", quoted="", author=None)
    for participant in Participant.objects.filter(person=person):
        participant.person, participant.name = None, pseudonym
        participant.email = f"{participant.token_digest[:20]}@forgotten.invalid"
        participant.left_at = participant.left_at or clock.now()
        participant.save(update_fields=["person", "name", "email", "left_at"])
    return kept
