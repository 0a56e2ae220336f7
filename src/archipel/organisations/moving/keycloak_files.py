# SPDX-License-Identifier: AGPL-3.0-or-later
"""The export of a Keycloak realm (``kc.sh export``): users with their groups and credentials; groups are organisations.

Every user and group is read with the line it begins on. ``emailVerified`` says whether the address is confirmed;
``username`` is the user name in the applications that the host names. One-time passwords and passkeys stay behind.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from archipel.organisations.moving.decoding import decode
from archipel.organisations.moving.records import Options, Problem, Read, Record, Unreadable

REFERENCE = 255
_SPACE = re.compile(r"[\s,:]*")
_DECODER = json.JSONDecoder()
_PBKDF2 = {"pbkdf2": "PBKDF2", "pbkdf2-sha256": "PBKDF2-SHA256", "pbkdf2-sha512": "PBKDF2-SHA512"}
_SECOND_FACTORS = {"otp", "totp", "hotp", "webauthn", "webauthn-passwordless"}
_VERSIONS = {"1.3": 19, "1.0": 16}


def looks_like_keycloak(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_keycloak(content: bytes, file: str, options: Options, asked: str = "") -> Read:
    """Return the records of a realm (``Unreadable`` when it is no JSON, or holds no user and no group)."""
    text, encoding = decode(content, file, asked or "utf-8")
    read = Read("keycloak", encoding)
    seen = False
    try:
        for name, line, item in _items(text):
            seen = True
            _item(name, item, file, line, options, read)
    except (ValueError, RecursionError) as error:
        place = error.pos if isinstance(error, json.JSONDecodeError) else len(text)
        if not seen:
            raise Unreadable(Problem(file, text.count("\n", 0, place) + 1, "broken_json")) from error
        read.problems.append(Problem(file, text.count("\n", 0, place) + 1, "broken_json"))
    if not seen and not read.problems:
        raise Unreadable(Problem(file, 1, "no_realm"))
    return read


def _item(name: str, item: Any, file: str, line: int, options: Options, read: Read) -> None:
    """Read one user or group; one that is not built as Keycloak builds them is a problem of its line, and nothing else."""
    before = len(read.records)
    try:
        if name == "groups":
            _group(item, "", file, line, read)
        else:
            _user(item, file, line, options, read)
    except (AttributeError, TypeError, LookupError, RecursionError):
        del read.records[before:]
        read.problems.append(Problem(file, line, "broken_entry"))


def _items(text: str) -> Iterator[tuple[str, int, Any]]:
    """Yield (``users`` or ``groups``, line, item) one by one; what else a realm holds is passed."""
    place, line, counted = _after(text, text.index("{") + 1), 1, 0
    while text[place : place + 1] not in ("}", ""):
        name, place = _DECODER.raw_decode(text, place)
        place = _after(text, place)
        if name not in ("users", "groups") or text[place : place + 1] != "[":
            place = _after(text, _DECODER.raw_decode(text, place)[1])
            continue
        place = _after(text, place + 1)
        while text[place : place + 1] != "]":
            line, counted = line + text.count("\n", counted, place), place
            item, place = _DECODER.raw_decode(text, place)
            yield name, line, item
            place = _after(text, place)
        place = _after(text, place + 1)
    if not text[place:]:
        raise ValueError("the realm breaks off")


def _after(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _group(item: dict[str, Any], above: str, file: str, line: int, read: Read) -> None:
    name = str(item.get("name") or "")
    path = str(item.get("path") or f"{above}/{name}")[:REFERENCE]
    values = {"reference": path, "name": name, "rna": _attribute(item, "rna"), "siren": _attribute(item, "siren")}
    read.records.append(Record("organisation", file, line, values))
    for below in item.get("subGroups") or []:
        _group(below, path, file, line, read)


def _user(item: dict[str, Any], file: str, line: int, options: Options, read: Read) -> None:
    if item.get("serviceAccountClientId"):
        return
    email, username = str(item.get("email") or ""), str(item.get("username") or "")
    if item.get("enabled") is False:
        read.problems.append(Problem(file, line, "disabled_user"))
        return
    if not email:
        read.problems.append(Problem(file, line, "cell_missing", column="email"))
        return
    credentials = [one for one in item.get("credentials") or [] if isinstance(one, dict)]
    if any(one.get("type") in _SECOND_FACTORS for one in credentials):
        read.problems.append(Problem(file, line, "second_factor_stays_behind", left_out=False))
    values = {
        "email": email,
        "name": f"{item.get('firstName') or ''} {item.get('lastName') or ''}".strip() or username,
        "language": _attribute(item, "locale"),
        "confirmed": "yes" if item.get("emailVerified") or options.confirmed else "no",
        "passphrase_hash": next((_hash(one) for one in credentials if one.get("type") == "password"), ""),
    }
    read.records.append(Record("person", file, line, values))
    for group in item.get("groups") or []:
        values = {"organisation": str(group)[:REFERENCE], "email": email, "role": "member"}
        read.records.append(Record("role", file, line, values))
    for application in options.applications if username else ():
        login = {"email": email, "application": application, "user_name": username}
        read.records.append(Record("name", file, line, login))


def _attribute(item: dict[str, Any], name: str) -> str:
    values = (item.get("attributes") or {}).get(name) or [""]
    return str(values[0]) if isinstance(values, list) else str(values)


def _hash(credential: dict[str, Any]) -> str:
    """Return a credential in a notation that ``identity.hashes`` reads; "unknown" for another kind of hash."""
    try:
        told = _told(credential.get("credentialData")) or credential
        kept = _told(credential.get("secretData")) or credential
        algorithm, iterations = str(told.get("algorithm")), int(told.get("hashIterations") or 0)
        salt, value = str(kept.get("salt") or ""), str(kept.get("value") or kept.get("hashedSaltedValue") or "")
        if algorithm in _PBKDF2:
            return f"{{{_PBKDF2[algorithm]}}}{iterations}${salt}${value}"
        if algorithm == "argon2":
            return _argon2(told["additionalParameters"], iterations, salt, value)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "unknown"
    return "unknown"


def _told(data: Any) -> dict[str, Any]:
    found = json.loads(data) if isinstance(data, str) and data else data
    return found if isinstance(found, dict) else {}


def _argon2(more: dict[str, list[str]], iterations: int, salt: str, value: str) -> str:
    version = _VERSIONS[more["version"][0]]
    costs = f"m={int(more['memory'][0])},t={iterations},p={int(more['parallelism'][0])}"
    kind = {"id": "argon2id", "i": "argon2i", "d": "argon2d"}[more["type"][0]]
    bare = [base64.b64encode(base64.b64decode(text, validate=True)).decode().rstrip("=") for text in (salt, value)]
    return f"${kind}$v={version}${costs}${bare[0]}${bare[1]}"
