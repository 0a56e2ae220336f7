# SPDX-License-Identifier: AGPL-3.0-or-later
"""Weak hashes inside argon2: ``wrapped$<scheme>$<salt of the weak hash>$<salt of argon2>$<argon2>``.

argon2id with 19 MiB, 2 passes and 1 lane (OWASP Password Storage Cheat Sheet, RFC 9106 section 4 for the function): some
20 ms of a core, so that tens of thousands of accounts arrive in minutes. The first sign-in replaces it by the dearer
hash of every other account.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from argon2.low_level import Type, hash_secret_raw
from passlib.hash import apr_md5_crypt, md5_crypt, sha256_crypt, sha512_crypt

NAME = "wrapped"
KIBIBYTES, PASSES, LANES, SALT_BYTES, KEY_BYTES = 19456, 2, 1, 16, 32
FEWEST_ROUNDS, MOST_ROUNDS, USUAL_ROUNDS = 1000, 1_000_000, 5000
_CRYPTS = {
    "md5_crypt": md5_crypt,
    "apr1_crypt": apr_md5_crypt,
    "sha256_crypt": sha256_crypt,
    "sha512_crypt": sha512_crypt,
}
_DIGESTS = ("md5", "sha1", "sha256", "sha512")


def wrap(scheme: str, salt: str, digest: bytes) -> str:
    """Return what is stored in place of a weak hash; the hash itself cannot be had back from it."""
    fresh = secrets.token_bytes(SALT_BYTES)
    return f"{NAME}${scheme}${salt}${_written(fresh)}${_written(_argon2(digest, fresh))}"


def fits(passphrase: str, stored: str) -> bool:
    """Return whether a passphrase leads to the weak hash that was wrapped."""
    _, scheme, salt, fresh, key = stored.split("$")
    digest = weak_digest(scheme, salt, passphrase)
    # Computed all the same where no weak hash can be made of the passphrase: an answer must not come sooner.
    found = _argon2(digest or b"", read(fresh))
    return digest is not None and hmac.compare_digest(found, read(key))


def weak_digest(scheme: str, salt: str, passphrase: str) -> bytes | None:
    """Return the secret part of the weak hash of a passphrase; None where the scheme cannot take it (a zero byte)."""
    if scheme in _DIGESTS:
        return hashlib.new(scheme, passphrase.encode() + read(salt), usedforsecurity=False).digest()
    rounds, _, bare = salt.rpartition(":")
    chosen = {"salt": bare}
    if scheme.startswith("sha"):
        chosen["rounds"] = rounds or str(USUAL_ROUNDS)
    try:
        whole = _CRYPTS[scheme].using(**chosen).hash(passphrase)
    except ValueError:
        return None
    return str(whole).rsplit("$", 1)[1].encode()


def _written(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def read(text: str) -> bytes:
    return base64.b64decode(text)


def _argon2(secret: bytes, salt: bytes) -> bytes:
    return hash_secret_raw(secret, salt, PASSES, KIBIBYTES, LANES, KEY_BYTES, Type.ID)
