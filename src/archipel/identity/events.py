# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class PersonsMerged(Fact):
    """Two persons became one (public ids); what apps above point at was moved in the same transaction."""

    kept: str
    absorbed: str


@dataclass(frozen=True)
class PersonForgotten(Fact):
    """A person asked to be forgotten, and was (public id)."""

    person_id: str


@dataclass(frozen=True)
class EntryGiven(Fact):
    """A person may enter a client, or with other roles than before (public ids; the rows say which)."""

    client_id: str
    person_id: str


@dataclass(frozen=True)
class EntryEnded(Fact):
    """A person may no longer enter a client, through anything (public ids)."""

    client_id: str
    person_id: str


@dataclass(frozen=True)
class SignInEnded(Fact):
    """A sign-in at an application that takes back-channel logout ended (public id, and ``sub`` and ``sid`` as it knows)."""

    client_id: str
    subject: str
    sid: str


@dataclass(frozen=True)
class PersonChanged(Fact):
    """A person became known, or their name, language or main address changed (public id; the row says which)."""

    person_id: str


@dataclass(frozen=True)
class ClientChanged(Fact):
    """An application was registered, changed or closed (public id)."""

    client_id: str
