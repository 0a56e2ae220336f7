# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door of an application: a sign-in flow of its own that ends, for whoever has no entry, with a page that says why.

Keycloak has no switch for it; its documented way is a conditional step, *deny access unless role*. The steps that find
out who somebody is stand in a flow below, because a required step beside alternatives would switch these off.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from archipel.connectors.keycloak.client import AdminClient

NAME = "archipel door "
# (level, provider or flow, requirement), in the order of Keycloak's list.
IDENTITY, FORMS, SECOND, DENIAL = "who", "passphrase", "second factor", "no entry"
STEPS = [
    (0, IDENTITY, "REQUIRED"),
    (1, "auth-cookie", "ALTERNATIVE"),
    (1, FORMS, "ALTERNATIVE"),
    (2, "auth-username-password-form", "REQUIRED"),
    (2, SECOND, "CONDITIONAL"),
    (3, "conditional-user-configured", "REQUIRED"),
    (3, "auth-otp-form", "ALTERNATIVE"),
    (3, "webauthn-authenticator", "ALTERNATIVE"),
    (3, "auth-recovery-authn-code-form", "ALTERNATIVE"),
    (0, DENIAL, "CONDITIONAL"),
    (1, "conditional-user-role", "REQUIRED"),
    (1, "deny-access-authenticator", "REQUIRED"),
]
FLOWS = {IDENTITY, FORMS, SECOND, DENIAL}


def refusal_key(client_id: str) -> str:
    """Return under which key the realm's texts hold what is said to who has no entry."""
    return f"archipelNoEntry.{client_id}"


def door_of(api: AdminClient, client: dict[str, Any], client_id: str, role: str) -> str:
    """Return the id of the flow of a client, built when it is missing or not as it must be."""
    bound = (client.get("authenticationFlowBindingOverrides") or {}).get("browser", "")
    flows = [one for one in api.get("/authentication/flows") if one["alias"].startswith(f"{NAME}{client_id}")]
    flow = next((one for one in flows if one["id"] == bound), None)
    if flow and stands(api, flow["alias"], client_id, role):
        return str(flow["id"])
    # Built aside under a name that is free, then bound: people never meet a half-built door.
    taken = {one["alias"] for one in flows}
    alias = next(name for name in (f"{NAME}{client_id} {number}" for number in range(1, 99)) if name not in taken)
    return _build(api, alias, client_id, role)


def remove_others(api: AdminClient, client_id: str, kept: str = "") -> None:
    """Remove the doors that no client is bound to any more, those of an interrupted building included."""
    for flow in api.get("/authentication/flows"):
        if flow["alias"].startswith(f"{NAME}{client_id}") and flow["id"] != kept:
            api.send("DELETE", f"/authentication/flows/{flow['id']}", absent_is_fine=True)


def stands(api: AdminClient, alias: str, client_id: str, role: str) -> bool:
    """Return whether a flow is the door it must be: every step, its requirement, and the two settings."""
    found = _executions(api, alias)
    shape = [(one["level"], _step_name(one, alias), one["requirement"]) for one in found]
    if shape != STEPS:
        return False
    settings = {one.get("providerId"): _config(api, one) for one in found[-2:]}
    return settings == _settings(client_id, role)


def _settings(client_id: str, role: str) -> dict[str | None, dict[str, str]]:
    return {
        "conditional-user-role": {"condUserRole": role, "negate": "true"},
        "deny-access-authenticator": {"denyErrorMessage": refusal_key(client_id)},
    }


def _config(api: AdminClient, execution: dict[str, Any]) -> dict[str, str]:
    id = execution.get("authenticationConfig")
    found = api.find(f"/authentication/config/{id}") if id else None
    return dict(found["config"]) if found else {}


def _step_name(execution: dict[str, Any], alias: str) -> str:
    if execution.get("authenticationFlow"):
        return str(execution["displayName"]).removeprefix(f"{alias} ")
    return str(execution.get("providerId"))


def _executions(api: AdminClient, alias: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/authentication/flows/{quote(alias)}/executions")
    return found


def _build(api: AdminClient, alias: str, client_id: str, role: str) -> str:
    top = {"alias": alias, "providerId": "basic-flow", "topLevel": True, "builtIn": False}
    id = api.send("POST", "/authentication/flows", json=top).made_id
    parents = [alias]
    for level, name, _requirement in STEPS:
        parent = f"/authentication/flows/{quote(parents[level])}/executions"
        if name in FLOWS:
            below = {"alias": f"{alias} {name}", "type": "basic-flow", "provider": "registration-page-form"}
            api.send("POST", f"{parent}/flow", json=below)
            parents[level + 1 :] = [f"{alias} {name}"]
        else:
            api.send("POST", f"{parent}/execution", json={"provider": name})
    settings = _settings(client_id, role)
    for execution, (_level, name, requirement) in zip(_executions(api, alias), STEPS, strict=True):
        changed = {**execution, "requirement": requirement}
        api.send("PUT", f"/authentication/flows/{quote(alias)}/executions", json=changed)
        if name in settings:
            config = {"alias": f"{alias} {name}", "config": settings[name]}
            api.send("POST", f"/authentication/executions/{execution['id']}/config", json=config)
    return id
