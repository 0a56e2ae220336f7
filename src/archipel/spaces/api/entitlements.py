# SPDX-License-Identifier: AGPL-3.0-or-later
"""``GET /api/entitlements``: asked by people with a token of theirs, and by an application about its own people."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer

from archipel.identity import queries as identity
from archipel.identity.models import TokenKind
from archipel.identity.tokens import TokenAuth
from archipel.spaces import access
from archipel.spaces.access import AskedBy
from archipel.spaces.api.router import router
from archipel.spaces.entitlements import entitlement_of


class EntitlementOut(Schema):
    """``reason`` is stable, for programs; ``level`` says who decided; ``message`` and ``next`` are for people."""

    allowed: bool
    reason: str
    level: Literal["person", "organisation", "space", "host"]
    message: str
    next: str


class PersonOrApplication(HttpBearer):
    """A token of a person with the scope ``spaces:read``, or the access token of the application of a space."""

    openapi_scheme = "bearer"
    scopes = ("spaces:read",)

    def authenticate(self, request: HttpRequest, token: str) -> AskedBy | None:
        row = identity.living_issued_token(token)
        if row is not None and row.kind == TokenKind.ACCESS:
            return AskedBy(client=row.client, person=row.sign_in.person if row.sign_in else None)
        person = TokenAuth(*self.scopes).authenticate(request, token)
        return AskedBy(client=None, person=person) if person else None


@router.get(
    "/entitlements", response=EntitlementOut, auth=PersonOrApplication(), operation_id="getEntitlement",
)  # fmt: skip
def get_entitlement(
    request: HttpRequest,
    verb: Literal["enter", "store", "upload"],
    space: str = "",
    person: str = "",
    size: int | None = None,
) -> dict[str, Any]:
    """May this person enter, store, upload there now? ``size``: bytes about to be uploaded.

    An application leaves ``space`` out and names people by the subject it knows them by; without ``person`` it is the one
    of the token.
    """
    asked: AskedBy = request.auth  # type: ignore[attr-defined]  # set by ninja
    found, about = access.asked_about(asked, space, person)
    answer = entitlement_of(found, about, verb, size)
    return {
        "allowed": answer.allowed,
        "reason": answer.reason,
        "level": answer.level,
        "message": answer.message,
        "next": answer.next,
    }
