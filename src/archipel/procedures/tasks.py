# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

from archipel.outbox.periodic import periodic
from archipel.procedures import operations


@periodic("procedures.wake_forgotten", every=timedelta(minutes=5))
def wake_forgotten() -> None:
    operations.wake_forgotten()
