# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a client knows a person and a portal session by."""

from __future__ import annotations

from urllib.parse import urlsplit

from archipel.identity.models import Client, Person, Subject
from archipel.kernel.references import digest


def subject_of(client: Client, person: Person) -> str:
    """Return the ``sub`` of a person for a client: one for all, or one for each sector (OpenID Connect Core 1.0, 8.1)."""
    if client.subject == Subject.PUBLIC:
        return person.public_id
    return digest(f"subject {sector_of(client)} {person.public_id}")


def sector_of(client: Client) -> str:
    """Return the host name that pairwise identifiers are computed for: the one written, else that of the redirections."""
    hosts = sorted({urlsplit(uri).hostname or "" for uri in client.redirect_uris})
    return client.sector or (hosts[0] if hosts else client.public_id)


def session_id_of(client: Client, session: str) -> str:
    """Return the ``sid`` of a portal session for a client (OpenID Connect Back-Channel Logout 1.0, 2.1).

    It is the same at each sign-in of the session there, and says nothing to other clients.
    """
    return digest(f"sid {client.public_id} {session}")[:32]
