# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds for the whole realm: whose account is whose, and no way in beside the doors of the applications."""

from __future__ import annotations

from typing import Any

from archipel.connectors.keycloak.client import AdminClient
from archipel.connectors.keycloak.mappers import MARK, put_mappers, whose_account
from archipel.identity.ports import RealmSpec
from archipel.kernel.outside import RefusedOutside

SIGN_IN_CLIENT = "archipel"
# Holds one role for each application: who has the role has an entry. Nobody signs in to it.
ENTRIES_CLIENT = "archipel-entries"
LANGUAGES = ["fr", "en"]
ADMIN_ONLY = {"view": ["admin"], "edit": ["admin"]}


def read_realm(api: AdminClient, id: str) -> RealmSpec | None:
    own = find_client(api, SIGN_IN_CLIENT)
    if own is None:
        return None
    realm = api.get("")
    return RealmSpec(
        id=id,
        return_url=(own.get("redirectUris") or [""])[0],
        logout_url=own["attributes"].get("backchannel.logout.url", ""),
        home_url=own.get("baseUrl", ""),
        registration=bool(realm.get("registrationAllowed")),
        code_after_reset=not _forced(api, _reset_step(api, realm)),
        marks_kept=_mark(api.get("/users/profile")).get("permissions") == ADMIN_ONLY,
        outside_accounts=frozenset(one["alias"] for one in _providers(api)),
    )


def put_realm(api: AdminClient, spec: RealmSpec) -> None:
    realm = api.get("")
    wanted: dict[str, Any] = {"loginWithEmailAllowed": True, "duplicateEmailsAllowed": False}
    wanted["registrationAllowed"] = spec.registration
    if not realm.get("internationalizationEnabled"):
        wanted |= {"internationalizationEnabled": True, "supportedLocales": LANGUAGES, "defaultLocale": LANGUAGES[0]}
    if any(realm.get(name) != value for name, value in wanted.items()):
        api.send("PUT", "", json={**realm, **wanted})
    if spec.marks_kept:
        _put_profile(api)
    if not spec.code_after_reset:
        _force_sign_in(api, _reset_step(api, realm))
    for provider in _providers(api):
        if provider["alias"] not in spec.outside_accounts:
            path = f"/identity-provider/instances/{provider['alias']}"
            api.send("PUT", path, json={**provider, "enabled": False})
    ensure_client(api, {"clientId": ENTRIES_CLIENT, "enabled": True, "standardFlowEnabled": False, **_NO_OTHER_WAY})
    _put_sign_in_client(api, spec)


_NO_OTHER_WAY: dict[str, Any] = {
    "directAccessGrantsEnabled": False,
    "implicitFlowEnabled": False,
    "fullScopeAllowed": False,
}


def find_client(api: AdminClient, client_id: str) -> dict[str, Any] | None:
    found = api.get("/clients", {"clientId": client_id})
    return found[0] if found else None


def ensure_client(api: AdminClient, wanted: dict[str, Any]) -> dict[str, Any]:
    """Make or change a client, and return it; what ``wanted`` does not name stays as it is."""
    found = find_client(api, wanted["clientId"])
    if found is None:
        try:
            api.send("POST", "/clients", json={"protocol": "openid-connect", **wanted})
        except RefusedOutside as refusal:  # made by an earlier call whose answer was lost, or by another worker
            if refusal.code != "taken":
                raise
        found = find_client(api, wanted["clientId"])
        assert found is not None
    merged = {**found, **wanted, "attributes": {**found.get("attributes", {}), **wanted.get("attributes", {})}}
    if _comparable(merged) != _comparable(found):
        api.send("PUT", f"/clients/{found['id']}", json=merged)
    return merged


def _comparable(client: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if name.endswith("Uris") else value for name, value in client.items()}


def _put_sign_in_client(api: AdminClient, spec: RealmSpec) -> None:
    wanted: dict[str, Any] = {
        "clientId": SIGN_IN_CLIENT,
        "name": "Archipel",
        "enabled": True,
        "publicClient": False,
        "standardFlowEnabled": True,
        "redirectUris": [spec.return_url],
        "baseUrl": spec.home_url,
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "backchannel.logout.url": spec.logout_url,
            "backchannel.logout.session.required": "true",
            "post.logout.redirect.uris": spec.home_url or "-",
        },
        **_NO_OTHER_WAY,
    }
    if spec.secret:
        wanted["secret"] = spec.secret
    client = ensure_client(api, wanted)
    put_mappers(api, client["id"], [whose_account()])


def _providers(api: AdminClient) -> list[dict[str, Any]]:
    return [one for one in api.pages("/identity-provider/instances") if one.get("enabled")]


def _mark(profile: dict[str, Any]) -> dict[str, Any]:
    return next((one for one in profile["attributes"] if one["name"] == MARK), {})


def _put_profile(api: AdminClient) -> None:
    """Declare the mark (undeclared attributes are dropped), and ask nobody for a second name: Archipel has one."""
    profile = api.get("/users/profile")
    attributes = [one for one in profile["attributes"] if one["name"] != MARK]
    for one in attributes:
        if one["name"] == "lastName":
            one.pop("required", None)
    attributes.append({"name": MARK, "displayName": "Archipel", "permissions": ADMIN_ONLY, "multivalued": False})
    if attributes != profile["attributes"]:
        api.send("PUT", "/users/profile", json={**profile, "attributes": attributes})


def _reset_step(api: AdminClient, realm: dict[str, Any]) -> dict[str, Any] | None:
    flow = realm.get("resetCredentialsFlow", "")
    found = api.find(f"/authentication/flows/{flow}/executions") or []
    return next((one for one in found if one.get("providerId") == "reset-credential-email"), None)


def _forced(api: AdminClient, step: dict[str, Any] | None) -> bool:
    if step is None:
        return True  # a flow without the mailed link leads nobody in
    if not step.get("authenticationConfig"):
        return False
    config = api.find(f"/authentication/config/{step['authenticationConfig']}") or {}
    return bool(config.get("config", {}).get("force-login") == "true")


def _force_sign_in(api: AdminClient, step: dict[str, Any] | None) -> None:
    if step is None or _forced(api, step):
        return
    config = {"alias": "archipel sign in after reset", "config": {"force-login": "true"}}
    if step.get("authenticationConfig"):
        api.send("PUT", f"/authentication/config/{step['authenticationConfig']}", json=config)
    else:
        api.send("POST", f"/authentication/executions/{step['id']}/config", json=config)
