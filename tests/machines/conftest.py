# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.machines import engine as fakes
from tests.machines import stores


@pytest.fixture
def engine(settings, host):
    """An engine in memory, without machines yet."""
    made, _loads = fakes.reset()
    settings.ENGINE = fakes.NAMED
    return made


@pytest.fixture
def loads(settings, engine):
    """What lives on machines, as the test says it."""
    settings.SPACES_ON_MACHINES = fakes.LOADED
    return fakes.the_loads()


@pytest.fixture(autouse=True)
def shelves(settings):
    """Places for back-ups in memory, with faults to order."""
    settings.BACKUP_STORE = stores.NAME
    return stores.renew()
