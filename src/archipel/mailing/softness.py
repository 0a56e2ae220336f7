# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a mailbox that is full or asleep counts as gone."""

from __future__ import annotations

from datetime import timedelta

from archipel.kernel import clock
from archipel.mailing.models import Bounce

WINDOW = timedelta(days=15)
LIMIT = 3


def too_many_soft(address: str) -> bool:
    """Return whether soft failures of an address reached the limit within the window."""
    return Bounce.objects.filter(address=address, hard=False, at__gt=clock.now() - WINDOW).count() >= LIMIT
