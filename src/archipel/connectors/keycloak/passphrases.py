# SPDX-License-Identifier: AGPL-3.0-or-later
"""A passphrase's hash as Django writes it, in the words of Keycloak: nobody chooses a new one when the host changes."""

from __future__ import annotations

import base64
import json
from typing import Any


def credential_of(encoded: str) -> dict[str, Any] | None:
    """Return the credential of a hash, None for those Keycloak cannot check (the person then chooses a passphrase).

    Known: ``pbkdf2_sha256$iterations$salt$hash`` and ``argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash`` (RFC 9106).
    """
    if encoded.startswith("pbkdf2_sha256$"):
        return _pbkdf2(encoded)
    if encoded.startswith("argon2$argon2id$v=19$"):
        return _argon2(encoded)
    return None


def _pbkdf2(encoded: str) -> dict[str, Any]:
    _name, iterations, salt, value = encoded.split("$", 3)
    # Django's salt is text, Keycloak's is bytes.
    return _credential(value, base64.b64encode(salt.encode()).decode(), "pbkdf2-sha256", int(iterations), {})


def _argon2(encoded: str) -> dict[str, Any]:
    *_names, costs, salt, value = encoded.split("$")
    cost = dict(part.split("=", 1) for part in costs.split(","))
    length = len(base64.b64decode(_padded(value)))
    more = {
        "hashLength": [str(length)],
        "memory": [cost["m"]],
        "type": ["id"],
        "version": ["1.3"],
        "parallelism": [cost["p"]],
    }
    return _credential(_padded(value), _padded(salt), "argon2", int(cost["t"]), more)


def _credential(value: str, salt: str, algorithm: str, iterations: int, more: dict[str, Any]) -> dict[str, Any]:
    secret = {"value": value, "salt": salt, "additionalParameters": {}}
    how = {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": more}
    return {"type": "password", "secretData": json.dumps(secret), "credentialData": json.dumps(how)}


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
