# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time

from archipel.agreements import operations
from archipel.outbox.periodic import periodic


@periodic("agreements.purge_addresses", daily=time(3, 40))
def purge_addresses() -> None:
    operations.purge_addresses()
