# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.machines import stores


@pytest.fixture(autouse=True)
def shelves(settings):
    """Places for back-ups in memory, with faults to order."""
    settings.BACKUP_STORE = stores.NAME
    return stores.renew()
