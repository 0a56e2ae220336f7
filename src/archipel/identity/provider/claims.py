# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an application is told of a person: never more than its scopes, its chosen claims, and the entries they have there."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from archipel.identity import operations, queries, signing
from archipel.identity.models import Client, Person, SignIn
from archipel.identity.ports import EntrySeen
from archipel.identity.subjects import subject_of
from archipel.identity.wiring import claim_of_person
from archipel.kernel import clock

ID_TOKEN_LIFE = timedelta(hours=1)


def id_token(sign_in: SignIn, access: str, *, with_nonce: bool) -> str:
    """Return the ID token of a sign-in (OpenID Connect Core 1.0, section 2); a refreshed one has no nonce (12.2)."""
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": signing.issuer(),
        "sub": subject_of(sign_in.client, sign_in.person),
        "aud": sign_in.client.public_id,
        "iat": int(now.timestamp()),
        "exp": int((now + ID_TOKEN_LIFE).timestamp()),
        "auth_time": int(sign_in.signed_in_at.timestamp()),
        "sid": sign_in.sid,
        "at_hash": _half_hash(access),
    }
    if sign_in.methods:
        claims["amr"] = sign_in.methods
    if with_nonce and sign_in.nonce:
        claims["nonce"] = sign_in.nonce
    if "profile" in sign_in.scopes:
        claims["preferred_username"] = user_name(sign_in.client, sign_in.person)
    claims |= chosen_claims(sign_in.client, sign_in.person)
    operations.ensure_signing_key()
    return signing.sign(claims)


def userinfo(client: Client, person: Person, scopes: list[str]) -> dict[str, Any]:
    """Return what the userinfo endpoint answers (OpenID Connect Core 1.0, section 5.3)."""
    claims: dict[str, Any] = {"sub": subject_of(client, person)}
    if "profile" in scopes:
        claims |= {"name": person.name, "locale": person.language, "preferred_username": user_name(client, person)}
        # Not the user name: an application may find accounts by that one, and nobody chooses themselves another's.
        claims |= {"nickname": person.pseudonym} if person.pseudonym else {}
    if "email" in scopes:
        claims |= queries.email_claims_of(person)
    return claims | chosen_claims(client, person)


def user_name(client: Client, person: Person) -> str:
    """Return what a person is called inside an application: the name they had there before, else their subject there.

    Told as ``preferred_username`` (OpenID Connect Core 1.0, 5.1), in the ID token too: an application that finds its
    accounts by it lets people who moved in land in their old files (``docs/operating/moving-in.md``).
    """
    return queries.account_name(client, person) or subject_of(client, person)


def chosen_claims(client: Client, person: Person) -> dict[str, Any]:
    """Return the claims that the host chose for an application; what there is nothing to say of is left out.

    So is what the person did not allow, where they were asked: claims chosen since wait for their next yes.
    """
    names = queries.allowed_claims(client, person)
    if not names:
        return {}
    entries = queries.entries_seen(client, person)
    told = {name: _claim(name, person, entries) for name in names}
    return {name: value for name, value in told.items() if value is not None}


def _claim(name: str, person: Person, entries: list[EntrySeen]) -> Any:
    if name == "roles":
        return sorted({role for entry in entries for role in entry.roles})
    return claim_of_person(name, person, entries)


def _half_hash(access: str) -> str:
    half = hashlib.sha256(access.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).decode().rstrip("=")
