# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hand messages over and record how it went."""

from __future__ import annotations

from django.db import transaction

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.mailing.events import EmailQueued
from archipel.mailing.letters import letter_of
from archipel.mailing.models import Bounce, Email, Suppression
from archipel.mailing.moves import move, suppress
from archipel.mailing.ports import FULL, RECIPIENT, MailSender
from archipel.mailing.sending import mail_sender, wait_after
from archipel.mailing.softness import too_many_soft
from archipel.mailing.states import Reason, State
from archipel.outbox import operations as outbox

AT_ONCE = 500


def deliver(*, email_id: str, sender: MailSender | None = None) -> Email | None:
    """Hand a waiting message over and record how it went; anything but a waiting message is left as it is.

    A crash between the server's yes and the record sends it twice, with the same Message-ID: at least once.
    """
    email = Email.objects.filter(public_id=email_id, state=State.WAITING).first()
    if email is None:
        return None
    if Suppression.objects.filter(email=email.to_address).exists():
        return _hold_back(email)
    letter = letter_of(email)
    try:
        (sender or mail_sender()).send(letter)
    except TryLater as later:
        return _wait_or_give_up(email, later)
    except RefusedOutside as refusal:
        return _record_refusal(email, refusal)
    return _record_sent(email)


def retry_due() -> int:
    """Have every message tried again whose server was given time enough, and return how many."""
    with transaction.atomic():
        due = Email.objects.select_for_update().filter(next_try_at__lte=clock.now(), state=State.WAITING)
        waiting = list(due.order_by("next_try_at")[:AT_ONCE])
        for email in waiting:
            outbox.announce(EmailQueued(email_id=email.public_id))
        Email.objects.filter(pk__in=[email.pk for email in waiting]).update(next_try_at=None)
    return len(waiting)


@transaction.atomic
def _record_sent(email: Email) -> Email:
    return move(email, State.SENT, sent_at=clock.now(), failed_at=None, tries=email.tries + 1, last_problem="")


@transaction.atomic
def _hold_back(email: Email) -> Email:
    """Keep the message, and show the suppressed address to a human again: somebody was not reached."""
    Suppression.objects.filter(email=email.to_address).update(seen_at=None)
    return move(email, State.SUPPRESSED, failed_at=clock.now())


@transaction.atomic
def _wait_or_give_up(email: Email, later: TryLater) -> Email:
    now, tries = clock.now(), email.tries + 1
    next_try = now + wait_after(tries, later.after)
    if next_try > email.try_until:
        return move(email, State.GIVEN_UP, failed_at=now, seen_at=None, tries=tries, last_problem=later.reason)
    email.tries, email.last_problem, email.next_try_at = tries, later.reason, next_try
    email.save(update_fields=["tries", "last_problem", "next_try_at"])
    return email


@transaction.atomic
def _record_refusal(email: Email, refusal: RefusedOutside) -> Email:
    now = clock.now()
    move(email, State.REFUSED, failed_at=now, seen_at=None, tries=email.tries + 1, last_problem=refusal.reason)
    if refusal.code == RECIPIENT:
        suppress(email, Reason.REFUSED, refusal.reason)
    elif refusal.code == FULL:
        _count_soft(email, refusal.reason)
    return email


def _count_soft(email: Email, reason: str) -> None:
    key = f"smtp:{email.public_id}:{email.tries}"
    Bounce.objects.create(
        email=email, address=email.to_address, hard=False, diagnostic=reason, at=clock.now(), report_id=key
    )
    if too_many_soft(email.to_address):
        suppress(email, Reason.REFUSED, reason)
