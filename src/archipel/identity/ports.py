# SPDX-License-Identifier: AGPL-3.0-or-later
"""What signing in needs from outside, and from the apps above (settings ``CLAIMS_OF_PERSON``, ``WHO_GIVES_ENTRY``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


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
        ...
