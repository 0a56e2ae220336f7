# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only ways a request reaches somebody: the one who asked, their organisation, the desk, a secret link."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from archipel.admissions.links import LinkKind, public_id_of, token_for
from archipel.admissions.models import PeerHost, Request, Wave
from archipel.admissions.queries import request_by_id, wave_by_id
from archipel.kernel.refusals import NotAllowed, NotFound
from archipel.mailing.addresses import normalised
from archipel.organisations.access import desk_may, person_may, require_desk


def request_of(person: Any, public_id: str) -> Request:
    """Return a confirmed request to its asker, to the people of its organisation, or to the desk."""
    request = request_by_id(public_id)
    if request.state == "draft" or not getattr(person, "is_authenticated", False):
        raise NotFound
    own = request.person is not None and request.person.pk == person.pk
    theirs = request.organisation is not None and person_may(person, request.organisation, "read")
    if not (own or theirs or desk_may(person, "decide")):
        raise NotFound
    return request


def may_withdraw(person: Any, request: Request) -> bool:
    """Return whether a person may take the request back: its asker, or who agrees for the organisation."""
    own = request.person is not None and request.person.pk == person.pk
    return own or (request.organisation is not None and person_may(person, request.organisation, "agree"))


def request_to_withdraw(person: Any, public_id: str) -> Request:
    """Return a request to those who may take it back; ``NotAllowed`` to others who read it."""
    request = request_of(person, public_id)
    if not may_withdraw(person, request):
        raise NotAllowed
    return request


def request_for_desk(person: Any, public_id: str) -> Request:
    """Return a confirmed request to those who decide."""
    require_desk(person, "decide")
    request = request_by_id(public_id)
    if request.state == "draft":
        raise NotFound
    return request


def request_by_link(kind: LinkKind, token: str) -> Request:
    """Return the request a secret link was made for: a draft by its own, a confirmed one by the link to follow it."""
    request = request_by_id(public_id_of(kind, token))
    if kind == "follow" and (request.state == "draft" or request.purged_at is not None):
        raise NotFound
    return request


def page_without_account(public_id: str, email: str) -> str:
    """Return the path at which the asker, and nobody else, follows a request without an account; or nothing."""
    request = Request.objects.filter(public_id=public_id, purged_at=None).exclude(state="draft").first()
    if request is None or normalised(request.email) != normalised(email):
        return ""
    return reverse("request-follow", args=[token_for("follow", public_id)])


def wave_for_desk(person: Any, public_id: str) -> Wave:
    """Return a wave to those who plan them."""
    require_desk(person, "waves")
    return wave_by_id(public_id)


def peer_for_desk(person: Any, public_id: str) -> PeerHost:
    """Return a peer host to those who decide."""
    require_desk(person, "decide")
    peer = PeerHost.objects.filter(public_id=public_id).first()
    if peer is None:
        raise NotFound
    return peer
