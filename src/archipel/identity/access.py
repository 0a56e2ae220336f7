# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is asking, and from where; a person reaches only what is theirs."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest

from archipel.identity.models import ApiToken, Client, Drift, Person, Session
from archipel.kernel.refusals import NotFound


def client_address(request: HttpRequest) -> tuple[str, int]:
    """Return the address and source port of who asks; port 0 when the proxy does not tell it.

    Behind the proxy (``ARCHIPEL_BEHIND_PROXY=1``) only the last address it added is believed: earlier ones are
    whatever the visitor wrote.
    """
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if address:
            return address, _port(request.headers.get("X-Forwarded-Port-Client", ""))
    return request.META.get("REMOTE_ADDR", ""), _port(request.META.get("REMOTE_PORT", ""))


def _port(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) < 65536 else 0


def token_of(person: Person, public_id: str) -> ApiToken:
    """Return an API token to the person it belongs to."""
    token = ApiToken.objects.select_related("person").filter(person=person, public_id=public_id).first()
    if token is None:
        raise NotFound
    return token


def client_known_to(person: Person, public_id: str) -> Client:
    """Return an application to a person who entered it or allowed it something; ``NotFound`` to all others."""
    known = Q(sign_ins__person=person, sign_ins__ended_at=None) | Q(consent__person=person)
    client = Client.objects.filter(known, public_id=public_id).distinct().first()
    if client is None:
        raise NotFound
    return client


def session_of(person: Person, public_id: str) -> Session:
    """Return a session to the person who signed in there."""
    session = Session.objects.filter(person=person, public_id=public_id).first()
    if session is None:
        raise NotFound
    return session


def drift_of_desk(public_id: str) -> Drift:
    """Return a difference to the people of the host, whose door the page has passed already."""
    found = Drift.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
