# SPDX-License-Identifier: AGPL-3.0-or-later
"""What oauthlib asks of the house: one object for each request, which reads rows and writes through operations only."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any
from urllib.parse import unquote_plus

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid import RequestValidator

from archipel.identity import operations, queries, signing
from archipel.identity.models import Client, ClientKind, SignIn, TokenKind
from archipel.identity.provider import claims
from archipel.identity.redirections import is_one_of
from archipel.identity.subjects import subject_of
from archipel.identity.visitor import Visitor
from archipel.kernel.references import digest


class Validator(RequestValidator):
    """Answers for one request. ``sign_in`` is the one that the code or the refresh token at hand belongs to."""

    def __init__(self, visitor: Visitor | None = None, *, fresh: bool = True) -> None:
        self.visitor = visitor or Visitor(None)
        self.fresh = fresh
        self.sign_in: SignIn | None = None

    # Authorisation

    def validate_client_id(self, client_id: str, request: Request, *_: Any, **__: Any) -> bool:
        request.client = queries.open_client(client_id)
        return request.client is not None

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Request, *_: Any, **__: Any) -> bool:
        client: Client = request.client
        return is_one_of(redirect_uri, client.redirect_uris, native=client.kind == ClientKind.PUBLIC)

    def get_default_redirect_uri(self, *_: Any, **__: Any) -> None:
        """Nobody is led anywhere that was not asked for (OpenID Connect Core 1.0, 3.1.2.1)."""

    def validate_response_type(self, client_id: str, response_type: str, *_: Any, **__: Any) -> bool:
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return not request.client.pkce_exemption

    def get_default_scopes(self, *_: Any, **__: Any) -> list[str]:
        return []

    def validate_scopes(self, client_id: str, scopes: list[str], client: Client, request: Request, *_: Any, **__: Any) -> bool:  # fmt: skip
        """Leave out what the client may not have; the answer says what it got (RFC 6749, section 3.3)."""
        request.scopes = [scope for scope in client.scopes if scope in scopes]
        return True

    def validate_silent_login(self, request: Request) -> bool:
        return self.visitor.person is not None and self.fresh

    def validate_silent_authorization(self, request: Request) -> bool:
        return self.visitor.person is not None and queries.has_consented(
            request.client, self.visitor.person, request.scopes
        )

    def validate_user_match(self, id_token_hint: str | None, scopes: Any, claims: Any, request: Request) -> bool:
        if not id_token_hint:
            return True
        told = signing.read(id_token_hint)
        if told is None:
            raise errors.InvalidRequestError("This ID token was not made here.", request=request)
        person = self.visitor.person
        return person is None or told.get("sub") == subject_of(request.client, person)

    # Who the client is

    def client_authentication_required(self, request: Request, *_: Any, **__: Any) -> bool:
        if "Authorization" in request.headers:
            return True
        client = queries.open_client(request.client_id or "")
        return client is None or client.kind != ClientKind.PUBLIC

    def authenticate_client(self, request: Request, *_: Any, **__: Any) -> bool:
        """By basic authentication or by the form (RFC 6749, section 2.3.1), one of them only."""
        given = _basic(request.headers.get("Authorization", ""))
        if given and request.client_secret:
            return False
        client_id, secret = given or (request.client_id or "", request.client_secret or "")
        client = queries.open_client(client_id)
        if client is None or not client.secret_digest or (request.client_id or client_id) != client_id:
            return False
        if not hmac.compare_digest(client.secret_digest, digest(secret)):
            return False
        request.client, request.client_id = client, client_id
        return True

    def authenticate_client_id(self, client_id: str, request: Request, *_: Any, **__: Any) -> bool:
        client = queries.open_client(client_id or "")
        if client is None or client.kind != ClientKind.PUBLIC:
            return False
        request.client = client
        return True

    def validate_grant_type(self, client_id: str, grant_type: str, client: Client, request: Request, *_: Any, **__: Any) -> bool:  # fmt: skip
        allowed = {"authorization_code": True, "refresh_token": client.refreshes}
        return allowed.get(grant_type, grant_type == "client_credentials" and client.signs_in_itself)

    # Code and refresh token

    def validate_code(self, client_id: str, code: str, client: Client, request: Request, *_: Any, **__: Any) -> bool:
        self.sign_in = queries.sign_in_of_code(client, code)
        if self.sign_in is None:
            return False
        if self.sign_in.redeemed_at:
            self._redeem(request, {"access_token": "again"})
        request.scopes, request.user = self.sign_in.scopes, self.sign_in.person
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        if request.code_verifier and not self._own().proof_key:
            # Who brings a verifier had sent a challenge: somebody took it out on the way (RFC 9700, section 4.8.2).
            raise errors.InvalidGrantError("The code was asked without a proof key.", request=request)
        return self._own().proof_key or None

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        return "S256"

    def confirm_redirect_uri(self, client_id: str, code: str, redirect_uri: str, *_: Any, **__: Any) -> bool:
        if redirect_uri != self._own().redirect_uri:
            raise errors.InvalidGrantError("Not the redirect_uri that the code was asked with.")  # RFC 6749, 5.2
        return True

    def get_authorization_code_nonce(self, *_: Any, **__: Any) -> str:
        return self._own().nonce

    def get_id_token(self, token: dict[str, Any], token_handler: Any, request: Request) -> str:
        return claims.id_token(
            self._own(), token["access_token"], with_nonce=request.grant_type == "authorization_code"
        )

    def invalidate_authorization_code(self, *_: Any, **__: Any) -> None:
        """Done with the exchange, in one transaction."""

    def validate_refresh_token(self, refresh_token: str, client: Client, request: Request, *_: Any, **__: Any) -> bool:
        self.sign_in = queries.sign_in_of_refresh(client, refresh_token)
        return self.sign_in is not None

    def get_original_scopes(self, *_: Any, **__: Any) -> list[str]:
        return list(self._own().scopes)

    def is_within_original_scope(self, *_: Any, **__: Any) -> bool:
        return False

    def rotate_refresh_token(self, request: Request) -> bool:
        return True

    def refresh_id_token(self, request: Request) -> bool:
        return True

    def save_bearer_token(self, token: dict[str, Any], request: Request, *_: Any, **__: Any) -> None:
        """Write the exchange; who came second with the same code or token learns it here."""
        if request.grant_type == "client_credentials":
            operations.issue_to_client(client=request.client, access=token["access_token"], scopes=request.scopes)
        elif request.grant_type == "authorization_code":
            self._redeem(request, token)
        else:
            self._refresh(request, token)

    def _redeem(self, request: Request, token: dict[str, Any]) -> None:
        secrets = {"access": token["access_token"], "refresh": token.get("refresh_token", "")}
        try:
            operations.redeem_code(client=request.client, code=request.code, **secrets)
        except operations.CodeRefused as refusal:
            raise errors.InvalidGrantError(request=request) from refusal

    def _refresh(self, request: Request, token: dict[str, Any]) -> None:
        secrets = {"access": token["access_token"], "renewed": token["refresh_token"], "scopes": request.scopes}
        try:
            operations.refresh_sign_in(client=request.client, refresh=request.refresh_token, **secrets)
        except operations.RefreshRefused as refusal:
            raise errors.InvalidGrantError(request=request) from refusal

    def _own(self) -> SignIn:
        assert self.sign_in is not None
        return self.sign_in

    # Tokens read and revoked

    def introspect_token(self, token: str, token_type_hint: str | None, request: Request, *_: Any, **__: Any) -> Any:
        """Tell a client about its own tokens; those of others do not exist for it (RFC 7662, section 4)."""
        row = queries.living_issued_token(token)
        if row is None or row.client_id != request.client.pk:
            return None
        told = {
            "client_id": request.client.public_id, "scope": " ".join(row.scopes), "iss": signing.issuer(),
            "iat": int(row.issued_at.timestamp()), "exp": int(row.expires_at.timestamp()), "aud": request.client.public_id,
            "token_type": "Bearer" if row.kind == TokenKind.ACCESS else "refresh_token",
        }  # fmt: skip
        if row.sign_in:
            told |= {"sub": subject_of(request.client, row.sign_in.person), "sid": row.sign_in.sid}
        return told

    def revoke_token(self, token: str, token_type_hint: str | None, request: Request, *_: Any, **__: Any) -> None:
        operations.revoke_issued(client=request.client, token=token)


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if colon else None
