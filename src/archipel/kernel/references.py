# SPDX-License-Identifier: AGPL-3.0-or-later
"""Public ids, tokens and readable references."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

# No vowels (no words by accident), no digits or letters that are misread on paper or on the phone.
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_public_id() -> str:
    """Return a random public id of 14 signs (66 bits): safe in an address, hard to guess, easy to read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(14))


def new_token() -> str:
    """Return a secret of 256 bits for a link or an API token; only its ``digest`` is ever stored."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is stored of a 256-bit random token: a keyed SHA-256, 64 hexadecimal signs."""
    return hmac.new(settings.SECRET_KEY.encode(), token.encode(), hashlib.sha256).hexdigest()
