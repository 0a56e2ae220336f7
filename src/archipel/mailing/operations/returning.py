# SPDX-License-Identifier: AGPL-3.0-or-later
"""What came back: bounces and complaints."""

from __future__ import annotations

from django.db import transaction

from archipel.kernel import clock
from archipel.mailing.models import Bounce, Email
from archipel.mailing.moves import move, suppress
from archipel.mailing.reports import Report
from archipel.mailing.softness import too_many_soft
from archipel.mailing.states import Reason, State


@transaction.atomic
def receive_report(*, report: Report) -> Email | None:
    """Record that a message came back or was complained about; None when no message of ours is named.

    A report received twice counts once; a delay is not a failure.
    """
    email = _named(report)
    if email is None or report.kind == "delayed" or Bounce.objects.filter(report_id=report.digest).exists():
        return email
    now = clock.now()
    Bounce.objects.create(
        email=email,
        address=email.to_address,
        hard=report.hard,
        diagnostic=report.diagnostic,
        at=now,
        report_id=report.digest,
    )
    if report.kind == "complaint":
        suppress(email, Reason.COMPLAINT, report.diagnostic)
        return email
    if email.state == State.SENT:
        move(email, State.BOUNCED, failed_at=now, seen_at=None, last_problem=report.diagnostic)
    if report.hard or too_many_soft(email.to_address):
        suppress(email, Reason.BOUNCED, report.diagnostic)
    return email


def _named(report: Report) -> Email | None:
    rows = Email.objects.select_for_update()
    if report.public_id and (found := rows.filter(public_id=report.public_id).first()):
        return found
    return rows.filter(message_id__in=report.message_ids).first() if report.message_ids else None
