# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from tests.connectors.keycloak.sharing import real_keycloak

__all__ = ["real_keycloak"]
