# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only place where a message changes state and an address is suppressed; used by the operations of this app."""

from __future__ import annotations

from typing import Any

from archipel.kernel import clock
from archipel.mailing.models import Email, Suppression
from archipel.mailing.states import MOVES


def move(email: Email, to: str, **changes: Any) -> Email:
    """Move a message that the caller locked or alone may touch, and set its other fields (``MoveRefused``)."""
    MOVES.check(email.state, to)
    values = {"state": to, "next_try_at": None, **changes}
    for field, value in values.items():
        setattr(email, field, value)
    email.save(update_fields=list(values))
    return email


def suppress(email: Email, reason: str, detail: str) -> Suppression:
    """Send nothing more to the address of a message; an address already suppressed is shown to a human again."""
    now = clock.now()
    row, made = Suppression.objects.get_or_create(
        email=email.to_address,
        defaults={"reason": reason, "detail": detail, "person_name": email.to_name, "since": now},
    )
    if not made:
        row.reason, row.detail, row.seen_at = reason, detail, None
        row.person_name = row.person_name or email.to_name
        row.save(update_fields=["reason", "detail", "seen_at", "person_name"])
    return row
