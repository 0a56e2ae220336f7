# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end-session endpoint: an application asks that somebody be signed out (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from archipel.identity import queries, signing
from archipel.identity.models import Client
from archipel.identity.provider.engine import Pairs
from archipel.identity.redirections import with_answer
from archipel.identity.subjects import session_id_of, subject_of
from archipel.identity.visitor import Visitor


@dataclass(frozen=True)
class Leaving:
    """``back`` is where to go afterwards, empty where nothing registered was asked; ``proved``: the application showed
    an ID token of this very session, so that nobody needs to be asked."""

    client: Client | None
    back: str
    proved: bool


def read(pairs: Pairs, visitor: Visitor) -> Leaving:
    """Return what is asked; what is not proved or not registered is left out."""
    given = dict(pairs)
    told = signing.read(given.get("id_token_hint", "")) or {}
    named = given.get("client_id") or str(told.get("aud", ""))
    client = queries.open_client(named)
    if client is None or (told and told.get("aud") != client.public_id):
        return Leaving(None, "", False)
    asked = given.get("post_logout_redirect_uri", "")
    back = ""
    if asked in client.post_logout_redirect_uris:
        back = with_answer(asked, urlencode([("state", given["state"])]) if given.get("state") else "")
    proved = (
        visitor.person is not None
        and told.get("sub") == subject_of(client, visitor.person)
        and told.get("sid") == session_id_of(client, visitor.session)
    )
    return Leaving(client, back, proved)
