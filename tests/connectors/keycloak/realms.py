# SPDX-License-Identifier: AGPL-3.0-or-later
"""A realm of its own for a test, with what ``docs/operating/keycloak.md`` tells an administrator to make."""

from __future__ import annotations

from archipel.connectors.keycloak.client import AdminClient, Place
from archipel.connectors.keycloak.connector import KeycloakSignOn
from archipel.kernel.references import new_public_id
from tests.connectors.keycloak.server import Keycloak

ADMIN_CLIENT, ADMIN_SECRET = "archipel-admin", "secret-of-the-worker"


def make_realm(keycloak: Keycloak, **more) -> Place:
    """Make a realm and the client that Archipel's worker drives it as."""
    name = f"test-{new_public_id()}"
    realm = {"realm": name, "enabled": True, "sslRequired": "none", "resetPasswordAllowed": True, **more}
    keycloak.admin("POST", "", json=realm)
    worker = {"clientId": ADMIN_CLIENT, "secret": ADMIN_SECRET, "serviceAccountsEnabled": True}
    worker |= {"standardFlowEnabled": False, "publicClient": False}
    keycloak.admin("POST", f"/{name}/clients", json=worker)
    made = keycloak.admin("GET", f"/{name}/clients", params={"clientId": ADMIN_CLIENT}).json()[0]
    account = keycloak.admin("GET", f"/{name}/clients/{made['id']}/service-account-user").json()
    rights = keycloak.admin("GET", f"/{name}/clients", params={"clientId": "realm-management"}).json()[0]
    role = keycloak.admin("GET", f"/{name}/clients/{rights['id']}/roles/realm-admin").json()
    keycloak.admin("POST", f"/{name}/users/{account['id']}/role-mappings/clients/{rights['id']}", json=[role])
    return Place(keycloak.url, name, ADMIN_CLIENT, ADMIN_SECRET)


def sign_on_of(place: Place) -> KeycloakSignOn:
    return KeycloakSignOn(place, salt="salt", api=AdminClient(place, timeout=(5, 60)))
