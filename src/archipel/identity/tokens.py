# SPDX-License-Identifier: AGPL-3.0-or-later
"""API tokens as ways in: ``auth=TokenAuth("requests:write")`` on an endpoint."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from archipel.identity.models import SCOPES, ApiToken, Person
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import NotAllowed


class ScopeMissing(NotAllowed):
    """The token is good, but was not made for this."""

    code = "scope_missing"
    message = _("This token was not made for this: make one with the scope that is needed.")


class TokenAuth(HttpBearer):
    """Let in the person of a living token that carries one of the scopes; they become ``request.auth`` and ``request.user``."""

    def __init__(self, *scopes: str) -> None:
        if not scopes or not set(scopes) <= set(SCOPES):
            raise ValueError(scopes)
        self.scopes = scopes
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        row = living_token(token)
        if row is None:
            return None
        if not set(self.scopes) & set(row.scopes):
            raise ScopeMissing(scope=self.scopes[0])
        if row.last_used_on != clock.today():
            ApiToken.objects.filter(pk=row.pk).update(last_used_on=clock.today())
        request.user = row.person
        return row.person


def living_token(token: str) -> ApiToken | None:
    """Return the row of a token that is neither revoked nor past its day, of a person who may still sign in."""
    row = ApiToken.objects.select_related("person").filter(digest=digest(token), revoked_at=None).first()
    if row is None or not row.person.is_active:
        return None
    return None if row.expires_at and row.expires_at <= clock.now() else row
