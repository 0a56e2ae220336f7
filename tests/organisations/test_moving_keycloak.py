# SPDX-License-Identifier: AGPL-3.0-or-later
"""The export of a realm, with credentials as Keycloak 26 writes them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from argon2.low_level import Type, hash_secret_raw
from django.contrib.auth.hashers import check_password
from django.test import override_settings

from archipel.config import settings as production
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.organisations.models import Membership, Organisation
from archipel.organisations.moving.reading import read_file
from archipel.organisations.moving.records import Options
from tests import factories
from tests.organisations.moving import imported, problems

WORDS = "Bateau à l’ancre, 3 nœuds"
SALT = bytes(range(240, 256))


def credential(algorithm, value, iterations, more=None):
    return {
        "id": "0b5f0b0e-5d3c-4a5e-8a27-8f6f6f4c2d11",
        "type": "password",
        "createdDate": 1732521600000,
        "secretData": json.dumps({"value": base64.b64encode(value).decode(), "salt": base64.b64encode(SALT).decode(), "additionalParameters": {}}),
        "credentialData": json.dumps({"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": more or {}}),
    }  # fmt: skip


def pbkdf2(algorithm, digest, size, iterations=2000):
    return credential(algorithm, hashlib.pbkdf2_hmac(digest, WORDS.encode(), SALT, iterations, size), iterations)


def argon2():
    more = {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}
    return credential("argon2", hash_secret_raw(WORDS.encode(), SALT, 5, 7168, 1, 32, Type.ID), 5, more)


def user(name, **changes):
    return {
        "id": name, "username": name, "firstName": name.capitalize(), "lastName": "Émile", "email": f"{name}@lavoir.example",
        "emailVerified": True, "enabled": True, "totp": False, "attributes": {"locale": ["en"]}, "credentials": [argon2()],
        "requiredActions": [], "realmRoles": ["default-roles-lescale"], "groups": [],
    } | changes  # fmt: skip


REALM = {
    "id": "lescale",
    "realm": "lescale",
    "users_note": ["[", "{"],
    "groups": [
        {
            "id": "g1", "name": "assos", "path": "/assos",
            "subGroups": [{"id": "g2", "name": "Le Lavoir", "path": "/assos/lavoir", "attributes": {"rna": ["W294001234"]}}],
        }
    ],
    "users": [
        user("nora", groups=["/assos/lavoir"]),
        user("omar", emailVerified=False),
        user("paul", enabled=False),
        user("rose", email=""),
        user("otto", credentials=[pbkdf2("pbkdf2-sha256", "sha256", 64), {"type": "otp", "secretData": "{}"}]),
        user("machine", serviceAccountClientId="nextcloud", email=""),
        "nonsense",
    ],
    "clients": [{"clientId": "x", "users": [{"email": "not@this.example"}]}],
}  # fmt: skip


def test_realm_is_read_with_its_lines():
    text = json.dumps(REALM, indent=2, ensure_ascii=False)
    found = read_file(text.encode(), "realm.json", Options(applications=("nextcloud",)))
    lines = text.split("\n")
    said = [(record.kind, record.get("email") or record.get("reference")) for record in found.records]
    assert said == [
        ("organisation", "/assos"), ("organisation", "/assos/lavoir"), ("person", "nora@lavoir.example"), ("role", "nora@lavoir.example"),
        ("name", "nora@lavoir.example"), ("person", "omar@lavoir.example"), ("name", "omar@lavoir.example"),
        ("person", "otto@lavoir.example"), ("name", "otto@lavoir.example"),
    ]  # fmt: skip
    # Each begins on the line of its brace.
    for record in found.records:
        assert lines[record.line - 1].strip() in ("{", '"nonsense"')
    assert '"id": "nora"' in lines[found.records[2].line]
    assert [one.code for one in found.problems] == [
        "disabled_user",
        "cell_missing",
        "second_factor_stays_behind",
        "broken_entry",
    ]
    assert lines[found.problems[-1].line - 1].strip() == '"nonsense"'


def test_realm_is_brought_in(db):
    batch = imported({"realm.json": json.dumps(REALM)}, confirmed=False, applications=["git"])
    nora, omar = Person.objects.get(email="nora@lavoir.example"), Person.objects.get(email="omar@lavoir.example")
    assert (nora.name, nora.language, nora.password.split("$")[1]) == ("Nora Émile", "en", "argon2id")
    assert (identity.confirmed_addresses_of(nora), identity.confirmed_addresses_of(omar)) == (
        ["nora@lavoir.example"],
        [],
    )
    assert omar.has_usable_password() is False
    assert Organisation.objects.get(name="Le Lavoir").rna == "W294001234"
    assert [(row.organisation.name, row.person) for row in Membership.objects.all()] == [("Le Lavoir", nora)]
    assert identity.account_name(factories.client("git"), nora) == "nora"
    assert batch.summary["hashes"] == {"kept": 2, "unproved": 1}
    assert {code for *_place, code in problems(batch)} == {
        "disabled_user", "cell_missing", "second_factor_stays_behind", "broken_entry",
    }  # fmt: skip


@pytest.mark.parametrize(
    "made",
    [
        argon2(),
        pbkdf2("pbkdf2-sha256", "sha256", 64),
        pbkdf2("pbkdf2-sha512", "sha512", 64),
        pbkdf2("pbkdf2", "sha1", 64),
    ],
    ids=["argon2", "sha256", "sha512", "sha1"],
)
def test_passphrase_of_keycloak_opens_the_account(db, made):
    imported({"realm.json": json.dumps({"realm": "x", "users": [user("nora", credentials=[made])]})})
    stored = Person.objects.get().password
    with override_settings(PASSWORD_HASHERS=production.PASSWORD_HASHERS):
        assert (check_password(WORDS, stored), check_password(WORDS + "x", stored), len(stored) <= 128) == (
            True,
            False,
            True,
        )


@pytest.mark.parametrize("broken", [{"type": "password"}, {"type": "password", "secretData": "{", "credentialData": "{}"}, credential("argon2", b"x" * 32, 5, {}), credential("rot13", b"x" * 32, 1)])  # fmt: skip
def test_credential_of_another_kind_leads_to_a_reset(db, broken):
    batch = imported({"realm.json": json.dumps({"users": [user("nora", credentials=[broken])]})})
    assert (problems(batch), Person.objects.get().has_usable_password()) == (
        [("realm.json", 1, "passphrase_hash", "unknown_hash")], False,
    )  # fmt: skip


@pytest.mark.parametrize(("text", "code"), [("{", "broken_json"), ('{"realm": "x"}', "no_realm"), ('{"users": [{"a": }]}', "broken_json"), ('{"users"', "broken_json")])  # fmt: skip
def test_broken_realm_says_so(text, code):
    assert [one.code for one in read_file(text.encode(), "realm.json", Options()).problems] == [code]


def test_realm_that_breaks_off_says_where():
    text = json.dumps({"users": [user("nora"), user("omar")]}, indent=1)
    found = read_file(text[: text.rindex('"omar@')].encode(), "realm.json", Options())
    assert ([record.get("email") for record in found.records], [one.code for one in found.problems]) == (
        ["nora@lavoir.example"], ["broken_json"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('{"users": ' + "[" * 100_000, ["broken_json"]),
        ('{"users": [{"email": "nora@lavoir.example"}, ' + '{"a":' * 100_000, ["broken_json"]),
        ('{"users": [{"email": "nora@lavoir.example"}, {"email": "a@b.example", "groups": 3}, []]}', ["broken_entry"] * 2),
        ('{"users": [{"email": "nora@lavoir.example"}], "groups": [{"name": "x", "subGroups": 3}]}', ["broken_entry"]),
    ],
    ids=["depth", "depth of one", "shape of a user", "shape of a group"],
)  # fmt: skip
def test_attack_a_realm_that_no_keycloak_wrote_is_said_and_stops_nothing(text, codes):
    found = read_file(text.encode(), "realm.json", Options())
    kept = ["nora@lavoir.example"] if "nora" in text else []
    assert ([record.get("email") for record in found.records], [one.code for one in found.problems]) == (kept, codes)
