# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings

from archipel.spaces import wiring
from tests import factories
from tests.spaces import containers
from tests.spaces import websites as fakes


@pytest.fixture(autouse=True)
def present():
    """Whatever a test lives through, the next one begins today."""
    yield
    (Path(django_settings.ARCHIPEL_DATA) / "demonstration-clock").unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def websites(settings):
    """Websites in memory, with faults to order."""
    made = fakes.renew()
    containers.renew()
    settings.SPACE_CONNECTORS = {
        "websites": "tests.spaces.websites.current",
        "blogs": "tests.spaces.containers.current",
    }
    wiring.connector_named.cache_clear()
    yield made
    wiring.connector_named.cache_clear()


@pytest.fixture
def blogs(websites):
    """Blogs in containers, in memory, with faults to order."""
    return containers.current()


@pytest.fixture
def blog(host, trois_ponts, blogs):
    """The open blog of Alice and Bob."""
    return factories.open_blog(trois_ponts)


@pytest.fixture
def site(host, trois_ponts):
    """The open site of Alice and Bob, showing its first page."""
    return factories.open_site(trois_ponts)
