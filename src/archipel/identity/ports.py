# SPDX-License-Identifier: AGPL-3.0-or-later
"""What signing in needs from outside, and from the apps above (settings ``CLAIMS_OF_PERSON``, ``WHO_GIVES_ENTRY``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class EntrySeen:
    """One thing a person enters a client through (``organisation:<id>``, ``space:<id>``), and their roles by it."""

    through: str
    roles: tuple[str, ...]


class ClaimOfPerson(Protocol):
    """Answers one claim, from an app above: what a client may learn of a person by the entries they have there.

    Nothing that another entry, another client or another organisation tells may be in it.
    """

    def __call__(self, person: Any, entries: Sequence[EntrySeen]) -> Any:
        """Return JSON, or None when there is nothing to say."""
        ...


@dataclass(frozen=True)
class WhoToAsk:
    """Somebody who may let a person in: a name, and of which organisation."""

    name: str
    organisation: str
    url: str = ""


class WhoGivesEntry(Protocol):
    """Names who could give a person the right to enter a client."""

    def __call__(self, person: Any, client: Any) -> Sequence[WhoToAsk]: ...


class BackchannelLogout(Protocol):
    """Tells an application that somebody is out (OpenID Connect Back-Channel Logout 1.0, section 2.5).

    ``TryLater``: no answer within five seconds, a busy answer, an error of its own. ``RefusedOutside``: it does not
    take this token (``bad_input``), or knows no such address (``unknown``, ``forbidden``).
    """

    def send(self, address: str, logout_token: str) -> None:
        """Return once the application said that the session is over, or that it never had it."""


SignOnKind = Literal["realm", "group", "person", "client", "entry"]

# Codes of RefusedOutside: somebody else holds this address or name; it is not known there; Archipel may not do this
# there; what was sent makes no sense there.
TAKEN = "taken"
UNKNOWN = "unknown"
FORBIDDEN = "forbidden"
BAD_INPUT = "bad_input"


@dataclass(frozen=True)
class RealmSpec:
    """What must hold for all, or the right to enter is no longer decided where one signs in.

    ``registration``: a stranger may open an account there. ``code_after_reset``: who renewed a passphrase is led into
    the application without passing its door. ``marks_kept``: only administrators change the mark that says whose
    account it is. ``outside_accounts``: accounts of elsewhere that lead in beside the door. The three addresses are
    Archipel's own, as an application: where people come back to, where it is told of a session's end, its front page.
    """

    id: str
    return_url: str = ""
    logout_url: str = ""
    home_url: str = ""
    registration: bool = False
    code_after_reset: bool = False
    marks_kept: bool = True
    outside_accounts: frozenset[str] = frozenset()
    secret: str = field(default="", repr=False, compare=False)

    @property
    def kind(self) -> SignOnKind:
        return "realm"


@dataclass(frozen=True)
class GroupSpec:
    """An organisation, as a group of people."""

    id: str
    name: str

    @property
    def kind(self) -> SignOnKind:
        return "group"


@dataclass(frozen=True)
class PersonSpec:
    """A person with a confirmed address; ``groups`` are ids of organisations.

    ``passphrase_hash`` (Django's encoding, empty when there is none) opens an account that has no passphrase there
    yet; it is never compared and never read back. ``needs_second_factor``: each time it is put, whoever has no second
    factor there is told to set one up before they are let in anywhere; not compared either, as people set up theirs.
    """

    id: str
    name: str
    email: str
    language: str = "fr"
    enabled: bool = True
    groups: frozenset[str] = frozenset()
    passphrase_hash: str = field(default="", repr=False, compare=False)
    needs_second_factor: bool = field(default=False, compare=False)

    @property
    def kind(self) -> SignOnKind:
        return "person"


@dataclass(frozen=True)
class ClientSpec:
    """An application. Addresses are compared letter by letter: none may end with ``*``.

    ``door``: who has no entry gets no code; an application that was opened by hand is read back as False.
    ``refusals`` says, by language, what somebody without an entry reads. ``secret`` replaces the one it has; empty: the
    one it has stays (or the other side makes one).
    """

    id: str
    name: str
    confidential: bool = True
    enabled: bool = True
    home_url: str = ""
    redirect_uris: frozenset[str] = frozenset()
    post_logout_redirect_uris: frozenset[str] = frozenset()
    backchannel_logout_uri: str = ""
    proof_key: bool = True
    signs_in_itself: bool = False
    refreshes: bool = True
    pairwise: bool = False
    groups: bool = False
    door: bool = True
    refusals: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    secret: str = field(default="", repr=False, compare=False)

    @property
    def kind(self) -> SignOnKind:
        return "client"


@dataclass(frozen=True)
class EntrySpec:
    """The right of a person to enter an application, with these roles there."""

    client_id: str
    person_id: str
    roles: frozenset[str] = frozenset()

    @property
    def kind(self) -> SignOnKind:
        return "entry"

    @property
    def id(self) -> str:
        return f"{self.client_id}/{self.person_id}"


Spec = RealmSpec | GroupSpec | PersonSpec | ClientSpec | EntrySpec


@dataclass(frozen=True)
class Stranger:
    """An account there that Archipel does not know: its id there, name and address, and whether that was confirmed."""

    id: str
    name: str
    email: str
    confirmed: bool
    enabled: bool


@dataclass(frozen=True)
class Snapshot:
    """What is there: what Archipel manages, by (kind, id), and the accounts it does not know."""

    specs: dict[tuple[str, str], Spec]
    strangers: tuple[Stranger, ...] = ()


class SignOn(Protocol):
    """Where people sign in to applications. Each call *ensures*: it may come twice, after a lost answer or a crash.

    ``TryLater``: no answer, a busy one. ``RefusedOutside``: a human must look, with one of the codes above.
    """

    def put(self, spec: Spec) -> None:
        """Make what is there as ``spec`` says; ``UNKNOWN`` for an entry of a person or client that is not there."""
        ...

    def read(self, kind: SignOnKind, id: str) -> Spec | None:
        """Return what is there, None when it is not."""
        ...

    def drop(self, kind: SignOnKind, id: str) -> None:
        """Take it away. After an entry or a person: nobody gets a code, and applications are told to end the session."""
        ...

    def end_sessions(self, person_id: str) -> None:
        """End every session of a person; applications that know back-channel logout are called."""
        ...

    def invite(self, person_id: str) -> None:
        """Mail the person a link by which they choose a passphrase."""
        ...

    def close(self, stranger_id: str) -> None:
        """Let an account that Archipel does not know sign in no more."""
        ...

    def read_back(self) -> Snapshot:
        """Return everything that is there, to be compared with what should be."""
        ...


@dataclass(frozen=True)
class SignedIn:
    """What the other side vouches for: whose account (public id here), its session there, when and how they signed in."""

    person_id: str
    sid: str
    auth_time: int
    amr: tuple[str, ...]
    id_token: str = field(default="", repr=False)


class SignInElsewhere(Protocol):
    """How Archipel's own people sign in through the other side (OpenID Connect Core 1.0, section 3.1)."""

    def address(self, *, back_to: str, state: str, nonce: str, challenge: str, language: str) -> str:
        """Return where the browser is led."""
        ...

    def exchange(self, *, code: str, back_to: str, verifier: str, nonce: str) -> SignedIn:
        """Return who signed in (``TryLater``; ``RefusedOutside`` when code or token do not hold)."""
        ...

    def sign_out_address(self, *, id_token: str, back_to: str) -> str:
        """Return where the browser is led to sign out there too."""
        ...

    def ended_session(self, logout_token: str) -> str:
        """Return the ``sid`` a logout token ends (OpenID Connect Back-Channel Logout 1.0, section 2.6)."""
        ...

    def account_address(self) -> str:
        """Return where people change passphrase and second factor."""
        ...
