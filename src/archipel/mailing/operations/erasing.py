# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is not kept: texts after 30 days, the trace of a message after a year, everything of who asks to be forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from archipel.kernel import clock
from archipel.mailing.addresses import normalised
from archipel.mailing.models import Bounce, Email, Suppression
from archipel.mailing.states import State

BODY_KEPT = timedelta(days=30)
ROW_KEPT = timedelta(days=365)


def purge() -> int:
    """Erase texts 30 days after sending or failing, rows after a year; return how many texts went. Repeatable."""
    now = clock.now()
    ended = Email.objects.exclude(state=State.WAITING)
    erased = ended.exclude(locked_body="").filter(sent_at__lt=now - BODY_KEPT) | ended.exclude(locked_body="").filter(
        sent_at=None, failed_at__lt=now - BODY_KEPT
    )
    count = erased.update(locked_body="", attachments=[])
    ended.filter(created_at__lt=now - ROW_KEPT).delete()
    Bounce.objects.filter(at__lt=now - ROW_KEPT).delete()
    return count


@transaction.atomic
def forget_address(*, address: str, name: str = "") -> int:
    """Delete what was sent to an address and whether it is suppressed; return how many messages are still to leave.

    ``name``: whose messages were passed on to others under it; what has left no longer says so.
    """
    address = normalised(address)
    if name:
        Email.objects.exclude(state=State.WAITING).filter(from_name__startswith=name).update(from_name="")
    Suppression.objects.filter(email=address).delete()
    mine = Email.objects.filter(to_address=address)
    mine.exclude(state=State.WAITING).delete()
    return mine.update(to_name="")
