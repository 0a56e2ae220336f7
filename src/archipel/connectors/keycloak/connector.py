# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills the port ``SignOn`` with one realm of Keycloak."""

from __future__ import annotations

from archipel.connectors.keycloak import applications, persons, realm
from archipel.connectors.keycloak.client import AdminClient, Place
from archipel.identity.ports import (
    UNKNOWN,
    ClientSpec,
    EntrySpec,
    GroupSpec,
    PersonSpec,
    RealmSpec,
    SignOnKind,
    Snapshot,
    Spec,
    Stranger,
)
from archipel.kernel.outside import RefusedOutside, TryLater


class KeycloakSignOn:
    """``salt`` goes into the identifiers of applications that are told pairwise ones: it must never change."""

    def __init__(self, place: Place, *, salt: str, api: AdminClient | None = None) -> None:
        self._api = api or AdminClient(place)
        self._salt = salt

    def put(self, spec: Spec) -> None:
        match spec:
            case RealmSpec():
                realm.put_realm(self._api, spec)
            case GroupSpec():
                persons.put_group(self._api, spec)
            case PersonSpec():
                persons.put_person(self._api, spec)
            case ClientSpec():
                applications.put_client(self._api, spec, self._salt)
            case EntrySpec():
                applications.put_entry(self._api, spec)

    def read(self, kind: SignOnKind, id: str) -> Spec | None:
        match kind:
            case "realm":
                return realm.read_realm(self._api, id)
            case "group":
                group = persons.find_group(self._api, id)
                return persons.group_of(group) if group else None
            case "person":
                return persons.read_person(self._api, id)
            case "client":
                return applications.read_client(self._api, id)
            case "entry":
                return applications.read_entry(self._api, *id.split("/"))

    def drop(self, kind: SignOnKind, id: str) -> None:
        match kind:
            case "group":
                persons.drop_group(self._api, id)
            case "person":
                persons.drop_person(self._api, id)
            case "client":
                applications.drop_client(self._api, id)
            case "entry":
                applications.drop_entry(self._api, *id.split("/"))
            case "realm":
                raise RefusedOutside("forbidden", "a realm is never taken away")

    def end_sessions(self, person_id: str) -> None:
        account = persons.find_account(self._api, person_id)
        if account is not None:
            persons.end_sessions(self._api, account)

    def invite(self, person_id: str) -> None:
        account = persons.find_account(self._api, person_id)
        if account is None:
            raise RefusedOutside(UNKNOWN, "no such account in Keycloak", about="person")
        self._api.send("PUT", f"/users/{account['id']}/execute-actions-email", json=["UPDATE_PASSWORD"])

    def close(self, stranger_id: str) -> None:
        account = self._api.find(f"/users/{stranger_id}")
        if account is not None:
            self._api.send("PUT", f"/users/{stranger_id}", json={**account, "enabled": False})
            persons.end_sessions(self._api, account)

    def read_back(self) -> Snapshot:
        specs: dict[tuple[str, str], Spec] = {}
        strangers: list[Stranger] = []
        found = realm.read_realm(self._api, "realm")
        if found is None:
            raise TryLater("the realm is not prepared yet")
        _add(specs, found)
        self._read_people(specs, strangers)
        for client in applications.our_clients(self._api):
            _add(specs, applications.read_door(self._api, client))
        for _account, entry in applications.all_entries(self._api):
            if entry.person_id:
                _add(specs, entry)
        return Snapshot(specs, tuple(strangers))

    def _read_people(self, specs: dict[tuple[str, str], Spec], strangers: list[Stranger]) -> None:
        members: dict[str, set[str]] = {}
        for group in self._api.pages("/groups", {"briefRepresentation": "false"}):
            if not persons.mark_of(group):
                continue
            _add(specs, persons.group_of(group))
            for account in self._api.pages(f"/groups/{group['id']}/members"):
                members.setdefault(account["id"], set()).add(persons.mark_of(group))
        for account in self._api.pages("/users", {"briefRepresentation": "false"}):
            if account.get("serviceAccountClientId"):
                continue
            if persons.mark_of(account):
                _add(specs, persons.person_of(account, frozenset(members.get(account["id"], ()))))
            else:
                strangers.append(_stranger(account))


def _add(specs: dict[tuple[str, str], Spec], spec: Spec) -> None:
    specs[spec.kind, spec.id] = spec


def _stranger(account: persons.Account) -> Stranger:
    names = (account.get("firstName", ""), account.get("lastName", ""))
    return Stranger(
        id=account["id"],
        name=" ".join(filter(None, names)) or account["username"],
        email=account.get("email", ""),
        confirmed=bool(account.get("emailVerified")),
        enabled=bool(account.get("enabled")),
    )
