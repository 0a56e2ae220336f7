# SPDX-License-Identifier: AGPL-3.0-or-later
"""A realm of its own for a test, with what ``docs/operating/keycloak.md`` tells an administrator to make."""

from __future__ import annotations

from archipel.connectors.keycloak.applications import drop_client, our_clients
from archipel.connectors.keycloak.client import AdminClient, Place
from archipel.connectors.keycloak.connector import KeycloakSignOn
from archipel.connectors.keycloak.realm import ENTRIES_CLIENT, SIGN_IN_CLIENT, find_client
from archipel.kernel.references import new_public_id
from tests.connectors.keycloak.server import Keycloak

ADMIN_CLIENT, ADMIN_SECRET = "archipel-admin", "secret-of-the-worker"


def make_realm(keycloak: Keycloak, **more) -> Place:
    """Make a realm and the client that Archipel's worker drives it as."""
    name = f"test-{new_public_id()}"
    realm = {"realm": name, "enabled": True, "sslRequired": "none", "resetPasswordAllowed": True, **more}
    # Quick hashes, as in all tests: what came in with another one is hashed anew at the first sign-in.
    realm["passwordPolicy"] = "hashAlgorithm(pbkdf2-sha256) and hashIterations(1000)"
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


def emptied(place: Place) -> Place:
    """Take away what a test put into a realm: making one of its own for each test costs several seconds."""
    api = AdminClient(place, timeout=(5, 60))
    for account in api.pages("/users"):
        api.send("DELETE", f"/users/{account['id']}")
    for group in api.pages("/groups"):
        api.send("DELETE", f"/groups/{group['id']}")
    for client in list(our_clients(api)):
        drop_client(api, client["clientId"])
    for name in (SIGN_IN_CLIENT, ENTRIES_CLIENT):
        client = find_client(api, name)
        if client:
            api.send("DELETE", f"/clients/{client['id']}")
    return place


def sign_on_of(place: Place) -> KeycloakSignOn:
    return KeycloakSignOn(place, salt="salt", api=AdminClient(place, timeout=(5, 60)))
