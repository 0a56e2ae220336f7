# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a human of the host does with what failed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound, Refusal
from archipel.mailing.events import EmailQueued
from archipel.mailing.models import Bounce, Email, Suppression
from archipel.mailing.moves import move
from archipel.mailing.sending import TRIED_FOR
from archipel.mailing.states import State
from archipel.outbox import operations as outbox


class BodyErased(Refusal):
    """The text of the message was erased: it cannot leave again."""

    code = "body_erased"
    message = _("The text of this message was erased, 30 days after it was written. It cannot be sent again.")


@transaction.atomic
def lift(*, address: str, by: Any) -> None:
    """Send to a suppressed address again; what was held back stays so until somebody sends it again."""
    row = Suppression.objects.select_for_update().filter(email=address).first()
    if row is None:
        raise NotFound
    Bounce.objects.filter(address=row.email).delete()
    _record("mail.suppression_lifted", row, by)
    row.delete()


@transaction.atomic
def acknowledge(*, by: Any, address: str = "", email_id: str = "") -> None:
    """Take a failure off Today: somebody reached the person another way. The address stays suppressed."""
    now = clock.now()
    if address:
        row = Suppression.objects.filter(email=address).first()
        if row is None:
            raise NotFound
        row.seen_at = now
        row.save(update_fields=["seen_at"])
        _record("mail.failure_seen", row, by)
    if email_id and not Email.objects.filter(public_id=email_id, failed_at__isnull=False).update(seen_at=now):
        raise NotFound


@transaction.atomic
def send_again(*, email_id: str, by: Any) -> Email:
    """Try a failed message for another 48 hours (``BodyErased``, ``MoveRefused``)."""
    email = Email.objects.select_for_update().filter(public_id=email_id).first()
    if email is None:
        raise NotFound
    if not email.locked_body:
        raise BodyErased
    now = clock.now()
    move(email, State.WAITING, try_until=now + TRIED_FOR, tries=0, last_problem="", failed_at=None, seen_at=None)
    outbox.announce(EmailQueued(email_id=email.public_id))
    history.record(what="mail.sent_again", about=("email", email.public_id, email.subject), actor=by, visible="host")
    return email


def _record(what: str, row: Suppression, by: Any) -> None:
    history.record(what=what, about=("suppression", str(row.pk), row.email), actor=by, visible="host")
