# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time

from archipel.outbox import operations
from archipel.outbox.periodic import periodic


@periodic("outbox.purge", daily=time(3, 20))
def purge() -> None:
    operations.purge_done()
