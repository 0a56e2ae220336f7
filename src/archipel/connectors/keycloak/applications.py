# SPDX-License-Identifier: AGPL-3.0-or-later
"""Applications as clients of the realm, each with its door, and who may enter them with which roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archipel.connectors.keycloak import doors
from archipel.connectors.keycloak.client import AdminClient
from archipel.connectors.keycloak.mappers import (
    GROUPS,
    groups_of_person,
    pairwise_subject,
    put_mappers,
    roles_of,
    same_subject,
)
from archipel.connectors.keycloak.persons import end_sessions, find_account, mark_of
from archipel.connectors.keycloak.realm import ENTRIES_CLIENT, ensure_client, find_client
from archipel.identity.ports import BAD_INPUT, UNKNOWN, ClientSpec, EntrySpec
from archipel.kernel.outside import RefusedOutside

# Marks a client as one of Archipel's.
OURS = "archipel.client"
SEPARATOR = "##"
NONE = "-"


def client_of(found: dict[str, Any]) -> ClientSpec:
    more = found.get("attributes", {})
    left_to = more.get("post.logout.redirect.uris", NONE)
    return ClientSpec(
        id=found["clientId"],
        name=found.get("name", ""),
        confidential=not found.get("publicClient"),
        enabled=bool(found.get("enabled")),
        home_url=found.get("baseUrl", ""),
        redirect_uris=frozenset(found.get("redirectUris", [])),
        post_logout_redirect_uris=frozenset() if left_to == NONE else frozenset(left_to.split(SEPARATOR)),
        backchannel_logout_uri=more.get("backchannel.logout.url", ""),
        proof_key=more.get("pkce.code.challenge.method") == "S256",
        signs_in_itself=bool(found.get("serviceAccountsEnabled")),
        refreshes=more.get("use.refresh.tokens", "true") == "true",
        pairwise=more.get("archipel.pairwise") == "true",
        groups=any(one["name"] == GROUPS for one in found.get("protocolMappers") or []),
    )


def put_client(api: AdminClient, spec: ClientSpec, salt: str) -> None:
    if any(uri.endswith("*") for uri in spec.redirect_uris | spec.post_logout_redirect_uris):
        raise RefusedOutside(BAD_INPUT, "an address ends with *, which Keycloak would match loosely", about=spec.name)
    helper = _entries_client(api)
    _ensure_role(api, helper["id"], spec.id)
    for language, sentence in spec.refusals:
        _put_text(api, language, doors.refusal_key(spec.id), sentence)
    found = find_client(api, spec.id)
    if found is not None and OURS not in found.get("attributes", {}):
        raise RefusedOutside("taken", "somebody else made a client with this id", about=spec.name)
    door = doors.door_of(api, found or {}, spec.id, f"{ENTRIES_CLIENT}.{spec.id}")
    client = ensure_client(api, _representation(spec, door))
    doors.remove_others(api, spec.id, kept=door)
    told = [pairwise_subject(salt) if spec.pairwise else same_subject(), roles_of(spec.id)]
    put_mappers(api, client["id"], [*told, groups_of_person()] if spec.groups else told)


def _representation(spec: ClientSpec, door: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "clientId": spec.id,
        "name": spec.name,
        "enabled": spec.enabled,
        "publicClient": not spec.confidential,
        "standardFlowEnabled": bool(spec.redirect_uris),
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": spec.signs_in_itself,
        # Tokens name the roles of this application and of no other.
        "fullScopeAllowed": False,
        "baseUrl": spec.home_url,
        "redirectUris": sorted(spec.redirect_uris),
        "webOrigins": [],
        "authenticationFlowBindingOverrides": {"browser": door},
        "attributes": {
            OURS: "true",
            "archipel.pairwise": str(spec.pairwise).lower(),
            "backchannel.logout.url": spec.backchannel_logout_uri,
            "backchannel.logout.session.required": "true",
            "oauth2.device.authorization.grant.enabled": "false",
            "oidc.ciba.grant.enabled": "false",
            "standard.token.exchange.enabled": "false",
            "pkce.code.challenge.method": "S256" if spec.proof_key else "",
            "post.logout.redirect.uris": SEPARATOR.join(sorted(spec.post_logout_redirect_uris)) or NONE,
            "use.refresh.tokens": str(spec.refreshes).lower(),
        },
    }
    if spec.secret:
        wanted["secret"] = spec.secret
    return wanted


def read_client(api: AdminClient, id: str) -> ClientSpec | None:
    found = find_client(api, id)
    if found is None or OURS not in found.get("attributes", {}):
        return None
    return read_door(api, found)


def read_door(api: AdminClient, found: dict[str, Any]) -> ClientSpec:
    """Return a client as it is; one whose door stands open is told to be without a door, not without a name."""
    spec = client_of(found)
    bound = (found.get("authenticationFlowBindingOverrides") or {}).get("browser", "")
    flow = api.find(f"/authentication/flows/{bound}") if bound else None
    role = f"{ENTRIES_CLIENT}.{spec.id}"
    closed = flow is not None and doors.stands(api, flow["alias"], spec.id, role)
    others = ("directAccessGrantsEnabled", "implicitFlowEnabled")
    if closed and not any(found.get(way) for way in others):
        return spec
    return ClientSpec(**{**spec.__dict__, "door": False})


def drop_client(api: AdminClient, id: str) -> None:
    found = find_client(api, id)
    if found is not None and OURS in found.get("attributes", {}):
        api.send("DELETE", f"/clients/{found['id']}", absent_is_fine=True)
    doors.remove_others(api, id)
    helper = find_client(api, ENTRIES_CLIENT)
    if helper is not None:
        api.send("DELETE", f"/clients/{helper['id']}/roles/{id}", absent_is_fine=True)


def our_clients(api: AdminClient) -> Iterator[dict[str, Any]]:
    for found in api.pages("/clients"):
        if OURS in found.get("attributes", {}):
            yield found


def put_entry(api: AdminClient, spec: EntrySpec) -> None:
    client, account = find_client(api, spec.client_id), find_account(api, spec.person_id)
    helper = find_client(api, ENTRIES_CLIENT)
    if client is None or helper is None or OURS not in client.get("attributes", {}):
        raise RefusedOutside(UNKNOWN, "no such application in Keycloak", about="client")
    if account is None:
        raise RefusedOutside(UNKNOWN, "no such account in Keycloak", about="person")
    # Roles first: whoever is let in finds them.
    mapped = f"/users/{account['id']}/role-mappings/clients/{client['id']}"
    present = {one["name"]: one for one in api.get(mapped)}
    added = [_ensure_role(api, client["id"], name) for name in sorted(spec.roles - set(present))]
    if added:
        api.send("POST", mapped, json=added)
    gone = [one for name, one in sorted(present.items()) if name not in spec.roles]
    if gone:
        api.send("DELETE", mapped, json=gone, absent_is_fine=True)
    door = _ensure_role(api, helper["id"], spec.client_id)
    api.send("POST", f"/users/{account['id']}/role-mappings/clients/{helper['id']}", json=[door])


def read_entry(api: AdminClient, client_id: str, person_id: str) -> EntrySpec | None:
    client, account = find_client(api, client_id), find_account(api, person_id)
    helper = find_client(api, ENTRIES_CLIENT)
    if client is None or account is None or helper is None:
        return None
    mapped = f"/users/{account['id']}/role-mappings/clients"
    if client_id not in {one["name"] for one in api.get(f"{mapped}/{helper['id']}")}:
        return None
    roles = frozenset(one["name"] for one in api.get(f"{mapped}/{client['id']}"))
    return EntrySpec(client_id=client_id, person_id=person_id, roles=roles)


def drop_entry(api: AdminClient, client_id: str, person_id: str) -> None:
    client, account = find_client(api, client_id), find_account(api, person_id)
    helper = find_client(api, ENTRIES_CLIENT)
    if account is None:
        return
    mapped = f"/users/{account['id']}/role-mappings/clients"
    # The door is shut first: a session that ends a moment later finds it so when it comes back.
    for holder, names in ((helper, {client_id}), (client, None)):
        if holder is None:
            continue
        held = api.find(f"{mapped}/{holder['id']}") or []
        gone = [one for one in held if names is None or one["name"] in names]
        if gone:
            api.send("DELETE", f"{mapped}/{holder['id']}", json=gone, absent_is_fine=True)
    if client is not None:
        end_sessions(api, account, client["id"])


def all_entries(api: AdminClient) -> Iterator[tuple[dict[str, Any], EntrySpec]]:
    """Give each entry with its account, marked or not; an entry of an unmarked account names no person."""
    helper = find_client(api, ENTRIES_CLIENT)
    if helper is None:
        return
    for found in our_clients(api):
        roles: dict[str, set[str]] = {}
        for role in api.pages(f"/clients/{found['id']}/roles"):
            for account in api.pages(f"/clients/{found['id']}/roles/{role['name']}/users"):
                roles.setdefault(account["id"], set()).add(role["name"])
        path = f"/clients/{helper['id']}/roles/{found['clientId']}"
        if api.find(path) is None:
            continue
        for account in api.pages(f"{path}/users", {"briefRepresentation": "false"}):
            held = frozenset(roles.get(account["id"], ()))
            yield account, EntrySpec(client_id=found["clientId"], person_id=mark_of(account), roles=held)


def _entries_client(api: AdminClient) -> dict[str, Any]:
    helper = find_client(api, ENTRIES_CLIENT)
    if helper is None:
        raise RefusedOutside(UNKNOWN, "the realm is not prepared", about="realm")
    return helper


def _ensure_role(api: AdminClient, client_uuid: str, name: str) -> Any:
    path = f"/clients/{client_uuid}/roles"
    found = api.find(f"{path}/{name}")
    if found is None:
        try:
            api.send("POST", path, json={"name": name})
        except RefusedOutside as refusal:
            if refusal.code != "taken":
                raise
        found = api.get(f"{path}/{name}")
    return found


def _put_text(api: AdminClient, language: str, key: str, sentence: str) -> None:
    # Read by java.text.MessageFormat: an apostrophe would quote, a brace would begin a value.
    quoted = sentence.replace("'", "''").replace("{", "'{'").replace("}", "'}'")
    known = api.find(f"/localization/{language}") or {}
    if known.get(key) != quoted:
        api.send("PUT", f"/localization/{language}/{key}", text=quoted)
