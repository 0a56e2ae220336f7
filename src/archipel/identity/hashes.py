# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hashes of passphrases that other software made: what they are, and what is kept of them here.

Strong ones (bcrypt, argon2, PBKDF2) are kept as they are, in the notation of Django's hashers. Weak ones (RFC 2307
``{SSHA}`` and its sisters, crypt(3) ``$1$``, ``$5$``, ``$6$``) are wrapped: only the argon2 hash of the weak hash is
kept, with the salt that is needed to compute the weak one again from a passphrase. Whoever reads the database finds
no weak hash to guess against.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

import argon2

from archipel.identity import wrapping

LONGEST = 128  # what the column of Django's users holds
DEAREST_BCRYPT, MOST_ITERATIONS = 15, 5_000_000
# Of argon2: whoever knows the address of such an account may have it computed, several times at once, so the memory is
# bounded (four times the second choice of RFC 9106, section 4), and so is the work, in kibibytes times passes.
MOST_KIBIBYTES, MOST_WORK, MOST_LANES = 256 * 1024, 1024 * 1024, 16
LONGEST_SALT, SHORTEST_KEY, KEPT_KEY = 32, 16, 32

_PREFIX = re.compile(r"^\{([A-Za-z0-9.-]+)\}(.*)$", re.DOTALL)
_BCRYPT = re.compile(r"^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$")
_CRYPT = re.compile(r"^\$(1|5|6|apr1)\$(?:rounds=(\d{4,9})\$)?([./A-Za-z0-9]{1,16})\$([./A-Za-z0-9]{22,86})$")
_HEXADECIMAL = re.compile(r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")
_PBKDF2 = re.compile(r"^(\d{1,8})\$([A-Za-z0-9./+=]*)\$([A-Za-z0-9./+=]+)$")
_DJANGO_PBKDF2 = re.compile(r"^pbkdf2_(sha1|sha256|sha512)\$(\d{1,8})\$([^$]{1,64})\$([A-Za-z0-9/+=]+)$")
_DOVECOT_PBKDF2 = re.compile(r"^\$1\$([^$]{1,32})\$(\d{1,8})\$([0-9a-f]{40})$")

# RFC 2307 and the schemes that OpenLDAP and Dovecot added: digest, and whether a salt follows it.
_DIGESTS = {
    "MD5": ("md5", False), "SMD5": ("md5", True), "SHA": ("sha1", False), "SSHA": ("sha1", True),
    "SHA256": ("sha256", False), "SSHA256": ("sha256", True), "SHA512": ("sha512", False), "SSHA512": ("sha512", True),
}  # fmt: skip
_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
_CRYPTS = {"1": ("md5_crypt", 22), "apr1": ("apr1_crypt", 22), "5": ("sha256_crypt", 43), "6": ("sha512_crypt", 86)}
_CRYPT_PREFIXES = {"CRYPT", "BLF-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "ARGON2", "ARGON2I", "ARGON2ID"}
_PBKDF2_PREFIXES = {"PBKDF2": "sha1", "PBKDF2-SHA1": "sha1", "PBKDF2-SHA256": "sha256", "PBKDF2-SHA512": "sha512"}


@dataclass(frozen=True)
class Kept:
    """A strong hash in the notation that Django's hashers read."""

    encoded: str


@dataclass(frozen=True)
class Weak:
    """A weak hash: ``salt`` in the notation of ``wrapping``, ``digest`` the secret part that must not be stored."""

    scheme: str
    salt: str
    digest: bytes


def recognise(text: str) -> Kept | Weak | None:
    """Return what a hash is; None for one that nobody here can verify, or that costs too much to verify."""
    text = text.strip()
    prefixed = _PREFIX.match(text)
    if prefixed:
        return _of_prefix(prefixed[1].upper(), prefixed[2].strip())
    return _of_crypt(text) or _of_pbkdf2(text) or _of_hexadecimal(text)


def encoded(found: Kept | Weak) -> str:
    """Return what is stored as a person's passphrase; for a weak hash this takes some 20 ms of one core."""
    return found.encoded if isinstance(found, Kept) else wrapping.wrap(found.scheme, found.salt, found.digest)


def _of_prefix(name: str, rest: str) -> Kept | Weak | None:
    if name in _CRYPT_PREFIXES or (name == "MD5" and rest.startswith("$1$")):
        return _of_crypt(rest)
    dovecot = _DOVECOT_PBKDF2.match(rest) if name == "PBKDF2" else None
    if dovecot:
        return _pbkdf2("sha1", f"{dovecot[2]}${_base64(dovecot[1].encode())}${_base64(bytes.fromhex(dovecot[3]))}")
    if name in _PBKDF2_PREFIXES:
        return _pbkdf2(_PBKDF2_PREFIXES[name], rest)
    if name not in _DIGESTS:
        return None
    algorithm, salted = _DIGESTS[name]
    found, size = _bytes(rest), _SIZES[algorithm]
    if found is None or len(found) < size + salted or len(found) > size + (LONGEST_SALT if salted else 0):
        return None
    return Weak(algorithm, _base64(found[size:]), found[:size])


def _of_crypt(text: str) -> Kept | Weak | None:
    if text.startswith("$argon2") or text.startswith("argon2$argon2"):
        return _argon2("$" + text.split("$", 1)[1])
    bcrypt = _BCRYPT.match(text)
    if bcrypt:
        return Kept(f"bcrypt$$2b${bcrypt[1]}${bcrypt[2]}") if 4 <= int(bcrypt[1]) <= DEAREST_BCRYPT else None
    crypt = _CRYPT.match(text)
    if crypt is None:
        return None
    scheme, size = _CRYPTS[crypt[1]]
    rounds = crypt[2] or ""
    wrong_rounds = rounds and (size == 22 or not wrapping.FEWEST_ROUNDS <= int(rounds) <= wrapping.MOST_ROUNDS)
    if len(crypt[4]) != size or wrong_rounds or (size == 22 and len(crypt[3]) > 8):
        return None
    return Weak(scheme, f"{rounds}:{crypt[3]}" if rounds else crypt[3], crypt[4].encode())


def _argon2(text: str) -> Kept | None:
    try:
        chosen = argon2.extract_parameters(text)
    except argon2.exceptions.InvalidHashError:
        return None
    work = chosen.memory_cost * chosen.time_cost
    dear = chosen.memory_cost > MOST_KIBIBYTES or work > MOST_WORK or chosen.parallelism > MOST_LANES
    whole = f"argon2{text}"
    return None if dear or len(whole) > LONGEST else Kept(whole)


def _of_pbkdf2(text: str) -> Kept | None:
    django = _DJANGO_PBKDF2.match(text)
    if django:
        if django[1] == "sha256" and int(django[2]) <= MOST_ITERATIONS and len(_bytes(django[4]) or b"") == 32:
            return Kept(text) if len(text) <= LONGEST else None
        return _pbkdf2(django[1], f"{django[2]}${_base64(django[3].encode())}${django[4]}")
    # The notation of passlib's own hashes.
    for name, algorithm in (("$pbkdf2$", "sha1"), ("$pbkdf2-sha256$", "sha256"), ("$pbkdf2-sha512$", "sha512")):
        if text.startswith(name):
            return _pbkdf2(algorithm, text.removeprefix(name))
    return None


def _pbkdf2(algorithm: str, text: str) -> Kept | None:
    """Keep the first 32 bytes at most: PBKDF2 (RFC 8018) makes its key by blocks, so the beginning verifies alone."""
    parts = _PBKDF2.match(text)
    if parts is None or not 1 <= int(parts[1]) <= MOST_ITERATIONS:
        return None
    salt, key = _bytes(parts[2]), _bytes(parts[3])
    if salt is None or key is None or len(salt) > LONGEST_SALT or len(key) < SHORTEST_KEY:
        return None
    return Kept(f"kept_pbkdf2${algorithm}${parts[1]}${_base64(salt)}${_base64(key[:KEPT_KEY])}")


def _of_hexadecimal(text: str) -> Weak | None:
    if not _HEXADECIMAL.match(text):
        return None
    return Weak({32: "md5", 40: "sha1", 64: "sha256"}[len(text)], "", bytes.fromhex(text))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes | None:
    """Read base64, padded or not, with ``.`` for ``+`` as passlib and OpenLDAP write it in PBKDF2."""
    bare = text.rstrip("=").replace(".", "+")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
