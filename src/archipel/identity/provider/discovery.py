# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the provider says of itself (OpenID Connect Discovery 1.0, section 3), and its keys (RFC 7517)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from archipel.identity import operations, signing
from archipel.identity.scopes import APPLICATION_CLAIMS, APPLICATION_SCOPES

CLAIMS = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "amr",
    "sid",
    "nonce",
    "at_hash",
    "name",
    "locale",
    "preferred_username",
    "nickname",
]


def configuration() -> dict[str, Any]:
    """Return the document of ``/.well-known/openid-configuration``."""
    by_secret = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": signing.issuer(),
        "authorization_endpoint": address("oidc-authorize"),
        "token_endpoint": address("oidc-token"),
        "userinfo_endpoint": address("oidc-userinfo"),
        "jwks_uri": address("oidc-keys"),
        "introspection_endpoint": address("oidc-introspect"),
        "revocation_endpoint": address("oidc-revoke"),
        "end_session_endpoint": address("oidc-end-session"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": [signing.ALGORITHM],
        "token_endpoint_auth_methods_supported": [*by_secret, "none"],
        "introspection_endpoint_auth_methods_supported": by_secret,
        "revocation_endpoint_auth_methods_supported": [*by_secret, "none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": list(APPLICATION_SCOPES),
        "claims_supported": [*CLAIMS, "email", "email_verified", *APPLICATION_CLAIMS],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": ["none", "login", "consent"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


def keys() -> dict[str, Any]:
    """Return the keys that sign now, soon or did lately, newest first."""
    operations.ensure_signing_key()
    about = {"use": "sig", "alg": signing.ALGORITHM}
    return {"keys": [{**row.public_jwk, **about, "kid": row.key_id} for row in signing.published()]}


def address(name: str) -> str:
    """Return the full address of an endpoint, from the portal's own."""
    return signing.issuer() + reverse(name)
