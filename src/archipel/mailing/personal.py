# SPDX-License-Identifier: AGPL-3.0-or-later
"""What messages hold on a person: everything that was sent to their address."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from archipel.mailing import operations
from archipel.mailing.addresses import normalised
from archipel.mailing.models import Email, Suppression


def export(person: Any) -> dict[str, Any]:
    """Return messages to the person's confirmed addresses (without links that open something), and which are suppressed."""
    proved = person.emailaddress_set.filter(verified=True).values_list("email", flat=True)
    addresses = {normalised(address) for address in [*proved, person.email]}
    sent = Email.objects.filter(to_address__in=addresses).order_by("created_at")
    suppressed = Suppression.objects.filter(email__in=addresses).order_by("since")
    return {
        "messages": [
            {
                "to": email.to_address,
                "subject": email.subject,
                "written_at": email.created_at.isoformat(),
                "sent_at": email.sent_at.isoformat() if email.sent_at else None,
                "state": email.state,
            }
            for email in sent
        ],
        "suppressed": [
            {"address": row.email, "since": row.since.isoformat(), "because": row.reason} for row in suppressed
        ],
    }


def forget(person: Any, pseudonym: str) -> list[str]:
    """Delete them; what is still to leave is erased 30 days after it left."""
    del pseudonym  # nothing is left to sign
    left = operations.forget_address(address=person.email)
    if not left:
        return []
    sentence = ngettext(
        "%(count)d message to you is still on its way; its text is erased 30 days after it has left.",
        "%(count)d messages to you are still on their way; their text is erased 30 days after they have left.",
        left,
    )
    return [sentence % {"count": left}]
