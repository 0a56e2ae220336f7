# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from archipel.identity import limits, operations, queries
from archipel.identity.access import client_address
from archipel.identity.tokens import TokenAuth

router = Router(tags=["identity"])


class Problem(Schema):
    """What every refusal answers."""

    code: str
    message: str
    field: str = ""
    details: dict[str, Any] = {}


class TokenAsked(Schema):
    email: str
    passphrase: str
    name: str
    scopes: list[str]
    code: str = ""


class TokenGiven(Schema):
    id: str
    token: str
    scopes: list[str]
    expires_at: datetime | None


class Me(Schema):
    id: str
    name: str
    language: str
    addresses: list[str]


@router.post(
    "/tokens",
    operation_id="createToken",
    summary="Exchange an address and a passphrase (and a code, with a second factor) for a token of 90 days",
    response={201: TokenGiven, 401: Problem, 422: Problem, 429: Problem},
    auth=None,
)
def create_token(request: HttpRequest, asked: TokenAsked) -> Any:
    limits.check(request, "create_token", 20, 300)
    token, secret = operations.sign_in_for_token(**asked.dict(), address=client_address(request)[0])
    return Status(201, {"id": token.public_id, "token": secret, "scopes": token.scopes, "expires_at": token.expires_at})


@router.get(
    "/me",
    operation_id="getMe",
    summary="Who the token belongs to",
    response={200: Me, 401: Problem, 403: Problem},
    auth=TokenAuth("me:read"),
)
def get_me(request: HttpRequest) -> Any:
    person = request.auth  # type: ignore[attr-defined]  # set by ninja
    return {
        "id": person.public_id,
        "name": person.name,
        "language": person.language,
        "addresses": queries.confirmed_addresses_of(person),
    }
