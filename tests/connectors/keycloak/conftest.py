# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.connectors.keycloak.realms import make_realm
from tests.connectors.keycloak.sharing import real_keycloak

__all__ = ["real_keycloak", "real_realm"]


@pytest.fixture(scope="session")
def real_realm(real_keycloak):
    """The place of a realm that tests empty before they use it."""
    return make_realm(real_keycloak)
