# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tokens as ways in: ``auth=TokenAuth("requests:write")`` on an endpoint. ``BEARERS`` says which kinds are accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from archipel.identity import queries
from archipel.identity.models import SCOPES, ApiToken, Person
from archipel.identity.subjects import subject_of
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import NotAllowed


class ScopeMissing(NotAllowed):
    """The token is good, but was not made for this."""

    code = "scope_missing"
    message = _("This token was not made for this: make one with the scope that is needed.")


@dataclass(frozen=True)
class Bearer:
    """Who a token stands for, what it may do, and by which identifier its holder knows them."""

    person: Person
    scopes: frozenset[str]
    known_as: str


class TokenAuth(HttpBearer):
    """Let in the person of a living token that carries one of the scopes; they become ``request.auth`` and ``request.user``."""

    def __init__(self, *scopes: str) -> None:
        if not scopes or not set(scopes) <= set(SCOPES):
            raise ValueError(scopes)
        self.scopes = scopes
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        bearer = bearer_of(token)
        if bearer is None:
            return None
        if not set(self.scopes) & bearer.scopes:
            raise ScopeMissing(scope=self.scopes[0])
        request.user = bearer.person
        request.known_as = bearer.known_as  # type: ignore[attr-defined]  # read by what tells who one is
        return bearer.person


def living_token(token: str) -> ApiToken | None:
    """Return the row of a token that is neither revoked nor past its day, of a person who may still sign in."""
    row = ApiToken.objects.select_related("person").filter(digest=digest(token), revoked_at=None).first()
    if row is None or not row.person.is_active:
        return None
    return None if row.expires_at and row.expires_at <= clock.now() else row


def _api_token(token: str) -> Bearer | None:
    row = living_token(token)
    if row is None:
        return None
    if row.last_used_on != clock.today():
        ApiToken.objects.filter(pk=row.pk).update(last_used_on=clock.today())
    return Bearer(row.person, frozenset(row.scopes), row.person.public_id)


def _access_token(token: str) -> Bearer | None:
    """An application's: of this API it may carry the launcher, and nothing else; it knows its people by their subject."""
    found = queries.client_and_person_of_access_token(token, "launcher")
    return Bearer(found[1], frozenset({"launcher"}), subject_of(*found)) if found else None


# Each kind of token that endpoints accept: asked in this order, None when the token is not one of its own. A kind that
# is made for something else (the access tokens of applications) gives the scopes of this API that it may carry, no more.
BEARERS: tuple[Callable[[str], Bearer | None], ...] = (_api_token, _access_token)


def bearer_of(token: str) -> Bearer | None:
    """Return who a living token of any accepted kind stands for."""
    return next((found for kind in BEARERS if (found := kind(token))), None)
