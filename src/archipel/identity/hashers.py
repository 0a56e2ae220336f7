# SPDX-License-Identifier: AGPL-3.0-or-later
"""Django's hashers of the passphrases that came from other software. None of them makes new hashes.

Each is verified as its maker would, then replaced at once by the hash of every other account (Django does that where
the hasher is not the preferred one). See ``identity/hashes.py`` for what is kept of which hash.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher, BCryptPasswordHasher, mask_hash
from django.utils.translation import gettext_noop as _

from archipel.identity import wrapping

BCRYPT_READS = 72


class _FromElsewhere(BasePasswordHasher):
    """What all of them share: they verify, and are to be replaced."""

    def encode(self, password: str, salt: str) -> str:
        raise NotImplementedError(f"{self.algorithm} hashes come from other software, none is made here")

    def must_update(self, encoded: str) -> bool:  # noqa: ARG002
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to add: Django asks this of the preferred hasher only."""

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        found = self.decode(encoded)
        return {_("algorithm"): self.algorithm, _("hash"): mask_hash(str(found["hash"]))}


class KeptBcrypt(BCryptPasswordHasher):
    """bcrypt as others wrote it: of a passphrase the first 72 bytes count, the rest was never looked at."""

    def verify(self, password: str, encoded: str) -> bool:
        raw = password.encode()
        if b"\0" in raw:  # no bcrypt was ever made of one
            return False
        bcrypt = self._load_library()  # type: ignore[attr-defined]  # the stubs leave it out
        stored = encoded.split("$", 1)[1].encode()
        return hmac.compare_digest(bcrypt.hashpw(raw[:BCRYPT_READS], stored), stored)


class KeptPBKDF2(_FromElsewhere):
    """``kept_pbkdf2$<digest>$<iterations>$<salt>$<key>``, salt and key in base64: salts of others are no text."""

    algorithm = "kept_pbkdf2"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, digest, iterations, salt, key = encoded.split("$")
        return {
            "algorithm": algorithm, "digest": digest, "iterations": int(iterations), "salt": salt, "hash": key,
        }  # fmt: skip

    def verify(self, password: str, encoded: str) -> bool:
        found = self.decode(encoded)
        key = wrapping.read(found["hash"])
        salt = wrapping.read(found["salt"])
        made = hashlib.pbkdf2_hmac(found["digest"], password.encode(), salt, found["iterations"], len(key))
        return hmac.compare_digest(made, key)


class Wrapped(_FromElsewhere):
    """A weak hash inside argon2 (``identity/wrapping.py``)."""

    algorithm = wrapping.NAME

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, scheme, salt, fresh, key = encoded.split("$")
        return {"algorithm": algorithm, "scheme": scheme, "salt": salt, "fresh": fresh, "hash": key}

    def verify(self, password: str, encoded: str) -> bool:
        if wrapping.fits(password, encoded):
            return True
        _take_as_long_as_the_others()
        return False


def _take_as_long_as_the_others() -> None:
    """Do the rest of the work of the preferred hasher: a refusal must not tell which accounts came from elsewhere."""
    usual = Argon2PasswordHasher
    rest = usual.memory_cost - wrapping.KIBIBYTES
    hash_secret_raw(b"", b"\0" * wrapping.SALT_BYTES, usual.time_cost, rest, usual.parallelism, 32, Type.ID)
