# SPDX-License-Identifier: AGPL-3.0-or-later
"""People as accounts of the realm, marked with their public id, and organisations as its groups."""

from __future__ import annotations

from typing import Any

from archipel.connectors.keycloak.client import AdminClient
from archipel.connectors.keycloak.mappers import MARK
from archipel.connectors.keycloak.passphrases import credential_of
from archipel.identity.ports import BAD_INPUT, TAKEN, GroupSpec, PersonSpec
from archipel.kernel.outside import RefusedOutside

Account = dict[str, Any]
SECOND_FACTORS = {"otp", "webauthn", "webauthn-passwordless"}  # types of credentials
SET_UP_CODES = "CONFIGURE_TOTP"


def mark_of(thing: Account) -> str:
    """Return the public id an account or a group is marked with, empty when it is not Archipel's."""
    return str((thing.get("attributes") or {}).get(MARK, [""])[0])


def find_account(api: AdminClient, id: str) -> Account | None:
    found = api.get("/users", {"q": f"{MARK}:{id}", "briefRepresentation": "false"})
    own = [one for one in found if mark_of(one) == id]
    if len(own) > 1:
        raise RefusedOutside(TAKEN, "two accounts carry the mark of one person", about=id)
    return own[0] if own else None


def read_person(api: AdminClient, id: str) -> PersonSpec | None:
    account = find_account(api, id)
    return None if account is None else person_of(account, _groups_of(api, account))


def person_of(account: Account, groups: frozenset[str]) -> PersonSpec:
    names = (account.get("firstName", ""), account.get("lastName", ""))
    return PersonSpec(
        id=mark_of(account),
        name=" ".join(filter(None, names)),
        email=account.get("email", ""),
        language=(account.get("attributes") or {}).get("locale", [""])[0],
        enabled=bool(account.get("enabled")),
        groups=groups,
    )


def put_person(api: AdminClient, spec: PersonSpec) -> None:
    account = find_account(api, spec.id)
    if account is None:
        account = _account_to_adopt(api, spec) or _make(api, spec)
    _bring_in_line(api, account, spec)
    _join_groups(api, account, spec.groups)
    if spec.needs_second_factor:
        _ask_for_second_factor(api, account)


def drop_person(api: AdminClient, id: str) -> None:
    account = find_account(api, id)
    if account is not None:
        # First out everywhere, so that applications are told while the account can still be named.
        end_sessions(api, account)
        api.send("DELETE", f"/users/{account['id']}", absent_is_fine=True)


def end_sessions(api: AdminClient, account: Account, client_uuid: str = "") -> None:
    """End the sessions of an account, or only those that lead into one client; Keycloak calls its applications."""
    path = f"/users/{account['id']}"
    if not client_uuid:
        api.send("POST", f"{path}/logout", absent_is_fine=True)
        return
    # There is no way to end one application's part of a session: the whole session goes, with all its applications.
    for session in api.find(f"{path}/sessions") or []:
        if client_uuid in session.get("clients", {}):
            api.send("DELETE", f"/sessions/{session['id']}", absent_is_fine=True)
    for session in api.find(f"{path}/offline-sessions/{client_uuid}") or []:
        api.send("DELETE", f"/sessions/{session['id']}", params={"isOffline": "true"}, absent_is_fine=True)


def _account_to_adopt(api: AdminClient, spec: PersonSpec) -> Account | None:
    """Return the account that has the person's address already, if both sides know it to be theirs."""
    found = api.get("/users", {"email": spec.email, "exact": "true", "briefRepresentation": "false"})
    if not found:
        return None
    account: Account = found[0]
    if mark_of(account) or not account.get("emailVerified"):
        reason = "another account has this address" if mark_of(account) else "an account has this address unconfirmed"
        raise RefusedOutside(TAKEN, reason, about=spec.email)
    return account


def _make(api: AdminClient, spec: PersonSpec) -> Account:
    account = {"username": spec.id, **_values(spec, {})}
    credential = credential_of(spec.passphrase_hash)
    if credential:
        account["credentials"] = [credential]
    try:
        api.send("POST", "/users", json=account)
    except RefusedOutside as refusal:  # the answer to an earlier call was lost, or another worker was quicker
        if refusal.code != TAKEN:
            raise
    made = find_account(api, spec.id)
    if made is None:
        raise RefusedOutside(BAD_INPUT, "Keycloak dropped the mark of the account, or its name or address is taken")
    return made


def _values(spec: PersonSpec, attributes: dict[str, Any]) -> Account:
    return {
        "email": spec.email,
        "emailVerified": True,
        "enabled": spec.enabled,
        "attributes": {**attributes, MARK: [spec.id], "locale": [spec.language]},
        "firstName": spec.name,
        "lastName": "",
    }


def _bring_in_line(api: AdminClient, account: Account, spec: PersonSpec) -> None:
    present = person_of(account, spec.groups)
    if present == spec and account.get("emailVerified"):
        return
    values = _values(spec, account.get("attributes") or {})
    if present.name == spec.name:  # given and family name, where somebody told them apart
        values |= {"firstName": account.get("firstName", ""), "lastName": account.get("lastName", "")}
    # The whole account: what is left out of a PUT would be emptied.
    api.send("PUT", f"/users/{account['id']}", json={**account, **values})
    if present.enabled and not spec.enabled:
        end_sessions(api, account)


def _ask_for_second_factor(api: AdminClient, account: Account) -> None:
    """Have somebody without a second factor set one up at their next sign-in; from then on Keycloak asks for it."""
    path = f"/users/{account['id']}"
    if SECOND_FACTORS & {one["type"] for one in api.get(f"{path}/credentials")}:
        return
    present = api.get(path)
    asked = present.get("requiredActions") or []
    if SET_UP_CODES not in asked:
        api.send("PUT", path, json={**present, "requiredActions": [*asked, SET_UP_CODES]})


def _groups_of(api: AdminClient, account: Account) -> frozenset[str]:
    found = api.pages(f"/users/{account['id']}/groups", {"briefRepresentation": "false"})
    return frozenset(filter(None, map(mark_of, found)))


def _join_groups(api: AdminClient, account: Account, wanted: frozenset[str]) -> None:
    present = _groups_of(api, account)
    for id in sorted(wanted - present):
        group = find_group(api, id)
        if group is None:
            raise RefusedOutside("unknown", "no such group", about="group")
        api.send("PUT", f"/users/{account['id']}/groups/{group['id']}")
    for id in sorted(present - wanted):
        group = find_group(api, id)
        if group is not None:
            api.send("DELETE", f"/users/{account['id']}/groups/{group['id']}", absent_is_fine=True)


def find_group(api: AdminClient, id: str) -> Account | None:
    found = api.get("/groups", {"q": f"{MARK}:{id}", "exact": "true", "briefRepresentation": "false"})
    return next((one for one in found if mark_of(one) == id), None)


def group_of(group: Account) -> GroupSpec:
    id = mark_of(group)
    return GroupSpec(id=id, name=group["name"].removesuffix(f" ({id})"))


def put_group(api: AdminClient, spec: GroupSpec) -> None:
    # Two organisations may have one name, two groups may not.
    wanted: Account = {"name": f"{spec.name} ({spec.id})", "attributes": {MARK: [spec.id]}}
    group = find_group(api, spec.id)
    if group is None:
        try:
            api.send("POST", "/groups", json=wanted)
        except RefusedOutside as refusal:
            if refusal.code != TAKEN or find_group(api, spec.id) is None:
                raise
    elif group_of(group) != spec:
        attributes = {**group.get("attributes", {}), **wanted["attributes"]}
        api.send("PUT", f"/groups/{group['id']}", json={**group, **wanted, "attributes": attributes})


def drop_group(api: AdminClient, id: str) -> None:
    group = find_group(api, id)
    if group is not None:
        api.send("DELETE", f"/groups/{group['id']}", absent_is_fine=True)
