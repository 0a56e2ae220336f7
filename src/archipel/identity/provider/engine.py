# SPDX-License-Identifier: AGPL-3.0-or-later
"""The endpoints of programs, by oauthlib: what comes in as pairs goes out as status, headers and body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2 import IntrospectEndpoint, RevocationEndpoint, TokenEndpoint
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, ClientCredentialsGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant as OpenIdCodeGrant
from oauthlib.openid.connect.core.grant_types import RefreshTokenGrant

from archipel.identity.operations.sign_ins import ACCESS_LIFE
from archipel.identity.provider.validator import Validator
from archipel.kernel.references import new_token

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """An answer of an endpoint; ``body`` is JSON or empty."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class ProofKeyGrant(AuthorizationCodeGrant):
    """The code grant with S256 as the only proof key: ``plain`` protects from nothing (RFC 9700, section 2.1.1)."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}


class CodeGrant(OpenIdCodeGrant):
    """OpenID's code grant over ours."""

    def __init__(self, validator: Validator) -> None:
        self.proxy_target = ProofKeyGrant(validator)
        self.custom_validators.post_auth.append(self.openid_authorization_validator)
        self.register_token_modifier(self.add_id_token)


class Bearer(BearerToken):
    """Opaque tokens of 256 bits; refresh tokens for those who asked to stay signed in while the person is away."""

    def __init__(self, validator: Validator) -> None:
        super().__init__(validator, lambda _request: new_token(), int(ACCESS_LIFE.total_seconds()))

    def create_token(self, request: Request, refresh_token: bool = False, **kwargs: Any) -> Any:
        wanted = request.grant_type == "refresh_token" or (
            request.client.refreshes and "offline_access" in (request.scopes or ())
        )
        return super().create_token(request, refresh_token=refresh_token and wanted, **kwargs)


def exchange(uri: str, pairs: Pairs, headers: dict[str, str]) -> Reply:
    """Answer the token endpoint (RFC 6749, section 3.2)."""
    validator = Validator()
    grants = {
        "authorization_code": CodeGrant(validator),
        "refresh_token": RefreshTokenGrant(validator),
        "client_credentials": ClientCredentialsGrant(validator),
    }
    endpoint = TokenEndpoint("authorization_code", Bearer(validator), grants)
    return _reply(endpoint.create_token_response, uri, pairs, headers)


def introspect(uri: str, pairs: Pairs, headers: dict[str, str]) -> Reply:
    """Answer the introspection endpoint (RFC 7662); only to who keeps a secret."""
    endpoint = IntrospectEndpoint(SecretKeeper())
    return _reply(endpoint.create_introspect_response, uri, pairs, headers)


def revoke(uri: str, pairs: Pairs, headers: dict[str, str]) -> Reply:
    """Answer the revocation endpoint (RFC 7009)."""
    endpoint = RevocationEndpoint(Validator())
    return _reply(endpoint.create_revocation_response, uri, pairs, headers)


class SecretKeeper(Validator):
    def client_authentication_required(self, request: Request, *_: Any, **__: Any) -> bool:
        return True


def _reply(respond: Any, uri: str, pairs: Pairs, headers: dict[str, str]) -> Reply:
    try:
        given, body, status = respond(uri, http_method="POST", body=list(pairs), headers=headers)
    except OAuth2Error as error:
        given, body, status = error.headers, error.json, error.status_code
    return Reply(status, body or "", dict(given))
