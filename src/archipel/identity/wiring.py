# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who fills the ports of this app, as the configuration says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from archipel.identity.models import Client, Person
from archipel.identity.ports import BackchannelLogout, ClaimOfPerson, EntrySeen, WhoGivesEntry, WhoToAsk


def claim_of_person(name: str, person: Person, entries: Sequence[EntrySeen]) -> Any:
    """Return what the app that knows answers for a claim; None when nobody does, or nothing is to be said."""
    path = settings.CLAIMS_OF_PERSON.get(name)
    if path is None:
        return None
    answer: ClaimOfPerson = import_string(path)
    return answer(person, entries)


def who_gives_entry(person: Person, client: Client) -> Sequence[WhoToAsk]:
    """Return who could let a person in."""
    answer: WhoGivesEntry = import_string(settings.WHO_GIVES_ENTRY)
    return answer(person, client)


@lru_cache(maxsize=1)
def backchannel_logout() -> BackchannelLogout:
    """Return what tells applications that somebody is out."""
    build: Callable[[], BackchannelLogout] = import_string(settings.BACKCHANNEL_LOGOUT)
    return build()
