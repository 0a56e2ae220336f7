# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import transaction
from django.test import override_settings

from archipel.host import queries as host
from archipel.spaces import wiring
from tests.access.world import build
from tests.spaces import containers, websites


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One of everything, built once for a module and undone after it; each test undoes what it did (pytest-django)."""
    websites.renew()
    containers.renew()
    with (
        django_db_blocker.unblock(),
        override_settings(
            SPACE_CONNECTORS={
                "websites": "tests.spaces.websites.current",
                "blogs": "tests.spaces.containers.current",
            }
        ),
        transaction.atomic(),
    ):
        wiring.connector_named.cache_clear()
        yield build()
        transaction.set_rollback(True)
    wiring.connector_named.cache_clear()
    host.forget_remembered()
