# SPDX-License-Identifier: AGPL-3.0-or-later
"""A realm in memory that answers as Keycloak does, sign-in at its doors included, with faults to order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from archipel.identity.ports import (
    BAD_INPUT,
    FORBIDDEN,
    TAKEN,
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


class NoEntry(Exception):
    """What the page at a closed door says, by language."""


@dataclass
class Session:
    """One sign-in of a person: the applications it leads into."""

    person_id: str
    clients: set[str] = field(default_factory=set)
    lives: bool = True


class FakeSignOn:
    """``fault``: ``silent`` (no answer), ``lost`` (done, but the answer is lost), ``refusing``; empty: none."""

    def __init__(self) -> None:
        self.specs: dict[tuple[str, str], Spec] = {}
        self.strangers: list[Stranger] = []
        self.sessions: list[Session] = []
        self.told: list[tuple[str, str]] = []
        self.invited: list[str] = []
        self.told_to_set_up_codes: set[str] = set()
        self.calls: list[tuple[str, str, str]] = []
        self.fault = ""

    def put(self, spec: Spec) -> None:
        self._begin("put", spec.kind, spec.id)
        match spec:
            case PersonSpec():
                self._put_person(spec)
            case ClientSpec():
                self._put_client(spec)
            case EntrySpec():
                self._put_entry(spec)
            case RealmSpec() | GroupSpec():
                self.specs[spec.kind, spec.id] = spec
        self._end()

    def read(self, kind: SignOnKind, id: str) -> Spec | None:
        self._begin("read", kind, id)
        return self.specs.get((kind, id))

    def drop(self, kind: SignOnKind, id: str) -> None:
        self._begin("drop", kind, id)
        if kind == "realm":
            raise RefusedOutside(FORBIDDEN, "a realm is never taken away")
        self.specs.pop((kind, id), None)
        for key, spec in list(self.specs.items()):
            if isinstance(spec, EntrySpec) and id in (spec.client_id, spec.person_id):
                del self.specs[key]
        if kind == "person":
            self._out(id)
        if kind == "entry":
            client_id, _, person_id = id.partition("/")
            self._out(person_id, client_id)
        self._end()

    def end_sessions(self, person_id: str) -> None:
        self._begin("end_sessions", "person", person_id)
        self._out(person_id)
        self._end()

    def invite(self, person_id: str) -> None:
        self._begin("invite", "person", person_id)
        if ("person", person_id) not in self.specs:
            raise RefusedOutside(UNKNOWN, "no such account", about="person")
        self.invited.append(person_id)
        self._end()

    def close(self, stranger_id: str) -> None:
        self._begin("close", "stranger", stranger_id)
        self.strangers = [replace(one, enabled=one.enabled and one.id != stranger_id) for one in self.strangers]
        self._end()

    def read_back(self) -> Snapshot:
        self._begin("read_back", "", "")
        if ("realm", "realm") not in self.specs:
            raise TryLater("the realm is not prepared yet")
        return Snapshot(dict(self.specs), tuple(self.strangers))

    def sign_in(self, email: str, client_id: str, session: Session | None = None) -> tuple[Session, list[str]]:
        """Pass the door of an application as the person of an address; return the session and the roles told."""
        person = next(one for one in self.specs.values() if isinstance(one, PersonSpec) and one.email == email)
        client = self.specs["client", client_id]
        entry = self.specs.get(("entry", f"{client_id}/{person.id}"))
        assert isinstance(client, ClientSpec)
        if not isinstance(entry, EntrySpec) or not person.enabled or not client.enabled:
            raise NoEntry(dict(client.refusals))
        session = session or Session(person.id)
        session.clients.add(client_id)
        self.sessions.append(session)
        return session, sorted(entry.roles)

    def _put_person(self, spec: PersonSpec) -> None:
        if spec.needs_second_factor:
            self.told_to_set_up_codes.add(spec.id)
        for id in spec.groups:
            if ("group", id) not in self.specs:
                raise RefusedOutside(UNKNOWN, "no such group", about="group")
        others = [one for one in self.specs.values() if isinstance(one, PersonSpec) and one.id != spec.id]
        if any(one.email == spec.email for one in others):
            raise RefusedOutside(TAKEN, "another account has this address", about=spec.email)
        stranger = next((one for one in self.strangers if one.email == spec.email), None)
        if stranger is not None:
            if not stranger.confirmed:
                raise RefusedOutside(TAKEN, "an account has this address unconfirmed", about=spec.email)
            self.strangers.remove(stranger)
        self.specs[spec.kind, spec.id] = spec
        if not spec.enabled:
            self._out(spec.id)

    def _put_client(self, spec: ClientSpec) -> None:
        if any(uri.endswith("*") for uri in spec.redirect_uris | spec.post_logout_redirect_uris):
            raise RefusedOutside(BAD_INPUT, "an address ends with *", about=spec.name)
        if ("realm", "realm") not in self.specs:
            raise RefusedOutside(UNKNOWN, "the realm is not prepared", about="realm")
        self.specs[spec.kind, spec.id] = spec

    def _put_entry(self, spec: EntrySpec) -> None:
        for kind, id in (("client", spec.client_id), ("person", spec.person_id)):
            if (kind, id) not in self.specs:
                raise RefusedOutside(UNKNOWN, f"no such {kind}", about=kind)
        self.specs[spec.kind, spec.id] = spec

    def _out(self, person_id: str, client_id: str = "") -> None:
        for session in self.sessions:
            if session.lives and session.person_id == person_id and (not client_id or client_id in session.clients):
                session.lives = False
                self.told += [(client, person_id) for client in sorted(session.clients)]

    def _begin(self, *call: str) -> None:
        self.calls.append((call[0], call[1], call[2]))
        if self.fault == "silent":
            raise TryLater("Keycloak did not answer")
        if self.fault == "refusing":
            raise RefusedOutside(FORBIDDEN, "Keycloak does not let Archipel in (403)")

    def _end(self) -> None:
        if self.fault == "lost":
            raise TryLater("Keycloak did not answer")
