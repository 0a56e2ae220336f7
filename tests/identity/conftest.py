# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.identity import asking


@pytest.fixture
def cloud(host):
    """An application of the host, with its secret."""
    return asking.registered()


@pytest.fixture
def inside(client, cloud, bob):
    """The browser of Bob, signed in here, who may enter the application."""
    asking.let_in(cloud[0], bob)
    client.force_login(bob)
    return client
