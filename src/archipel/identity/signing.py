# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signs what clients verify, and reads back what was signed here. A key is opened once in a process (45 ms)."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from archipel.host import queries as host
from archipel.identity.models import SigningKey
from archipel.kernel import clock, keys

ALGORITHM = "RS256"
# A key is published this long before it signs, and this long after it did: clients keep a list of keys for a while.
PUBLISHED_BEFORE = timedelta(hours=24)
PUBLISHED_AFTER = timedelta(hours=48)
FRESH_SECONDS = 5.0
_remembered: tuple[float, list[SigningKey]] = (0.0, [])


class NoSigningKey(Exception):
    """No key was made yet: ``operations.ensure_signing_key``."""


def issuer() -> str:
    """Return who signs: the portal's own address, never what a request says of its host."""
    return host.current().portal_url.rstrip("/")


def published() -> list[SigningKey]:
    """Return the keys that clients may meet, the next one included, newest first."""
    global _remembered
    read_at, rows = _remembered
    if not rows or time.monotonic() - read_at > FRESH_SECONDS:
        rows = list(SigningKey.objects.filter(withdrawn_at=None).order_by("-signs_from", "-pk"))
        _remembered = (time.monotonic(), rows)
    return rows


def forget_remembered() -> None:
    """Read the keys again at the next call (after a change, and between tests)."""
    global _remembered
    _remembered = (0.0, [])


def key_in_use() -> SigningKey:
    """Return the key that signs at this moment: the newest whose time has come (``NoSigningKey``)."""
    now = clock.now()
    for row in published():
        if row.signs_from <= now:
            return row
    raise NoSigningKey


def sign(claims: dict[str, Any], *, kind: str = "JWT") -> str:
    """Return a signed token (RFC 7519) with these claims; ``kind`` is its ``typ`` (``NoSigningKey``)."""
    row = key_in_use()
    opened = _opened(row.key_id, row.locked_private)
    return jwt.encode(claims, opened, algorithm=ALGORITHM, headers={"kid": row.key_id, "typ": kind})


def read(token: str) -> dict[str, Any] | None:
    """Return the claims of a token that was signed here, of any age and for any client; None for anything else."""
    try:
        key_id = jwt.get_unverified_header(token).get("kid", "")
        row = SigningKey.objects.filter(key_id=key_id).first()
        if row is None:
            return None
        public: Any = RSAAlgorithm.from_jwk(row.public_jwk)
        left_out = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        claims: dict[str, Any] = jwt.decode(token, public, algorithms=[ALGORITHM], issuer=issuer(), options=left_out)  # type: ignore[arg-type]  # the stubs know no plain dictionary
    except jwt.PyJWTError:
        return None
    return claims


@lru_cache(maxsize=4)
def _opened(_key_id: str, locked_private: str) -> RSAPrivateKey:
    opened = load_pem_private_key(keys.unlock(locked_private).encode(), password=None)
    assert isinstance(opened, RSAPrivateKey)
    return opened
