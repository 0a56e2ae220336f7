# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hashes that other tools made are verified here; weak ones are in the database in no form."""

from __future__ import annotations

import base64
import hashlib
import subprocess

import bcrypt
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, identify_hasher
from django.db import connection
from django.test import override_settings
from passlib import hash as passlib_hashes

from archipel.config import settings as production
from archipel.identity import hashes, operations
from archipel.identity.models import Person
from archipel.identity.operations import Arrival

WORDS = "Bateau à l’ancre, 3 nœuds"
real_hashers = override_settings(PASSWORD_HASHERS=production.PASSWORD_HASHERS)


def stored(text):
    found = hashes.recognise(text)
    return "" if found is None else hashes.encoded(found)


def verifies(text, words=WORDS):
    """Say whether the right words pass and near ones do not, with the hashers of a real host."""
    encoded = stored(text)
    with real_hashers:
        wrong = [check_password(other, encoded) for other in (words[:-1], "\0")]
        return check_password(words, encoded), any(wrong), len(encoded) <= 128


def openssl(way, words=WORDS, *more):
    command = ["openssl", "passwd", f"-{way}", *more, "-stdin"]
    return subprocess.run(command, input=words, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("way", ["6", "5", "1", "apr1"])
def test_crypt_of_openssl_is_verified(way):
    assert verifies(openssl(way)) == (True, False, True)


def test_crypt_prefixes_of_directories_are_read():
    made = openssl("6")
    assert verifies(f"{{CRYPT}}{made}") == (True, False, True)
    assert verifies(f"{{SHA512-CRYPT}}{made}") == (True, False, True)


@pytest.mark.parametrize(
    "name",
    [
        "ldap_salted_sha1", "ldap_sha1", "ldap_md5", "ldap_salted_md5", "ldap_salted_sha256", "ldap_salted_sha512",
        "ldap_pbkdf2_sha1", "ldap_pbkdf2_sha256", "ldap_pbkdf2_sha512", "pbkdf2_sha256", "pbkdf2_sha512", "hex_md5",
        "hex_sha1", "hex_sha256", "sha512_crypt", "sha256_crypt", "md5_crypt", "bcrypt", "django_pbkdf2_sha256",
        "django_pbkdf2_sha1",
    ],
)  # fmt: skip
def test_hashes_of_passlib_are_verified(name):
    handler = getattr(passlib_hashes, name)
    if "rounds" in handler.setting_kwds:
        handler = handler.using(rounds=max(handler.min_rounds, 4 if name == "bcrypt" else 1200))
    assert verifies(handler.hash(WORDS)) == (True, False, True)


# Made by slappasswd 2.5.13 (OpenLDAP, ``-h SCHEME -s WORDS``) and doveadm 2.3.19 (Dovecot, ``pw -s SCHEME -p WORDS``).
OPENLDAP = [
    "{SSHA}j6FLkJ3bczOrsXoRJkFRILURD9mUWgnZ",
    "{SHA}f+DXYcq+7qg0p1IXQ9M/ClvktaA=",
    "{SMD5}y1XqIvBJTLpnmDy25I9bZnPnuYs=",
    "{MD5}oR6YkyOFBcBG2du/UnKRYw==",
]
DOVECOT = [
    "{SSHA512}gqTEeanHS7SG6dtkMdBo+75VDetVOjIa8ngfMtODSrrOuJKXTb/M6dxF8hv/419iVv2P2r9ajmrZtyc67rWKGIjwIBQ=",
    "{BLF-CRYPT}$2y$05$H0DIoC0dIEb.oL2pXtfj1uYAmiyFXxempO1r5xoS//A4PPqLOXDna",
    "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$e+hdX1q0cHyDy7n0fMFxRw$IABxhwgDW3EXhXGdrxyvCYs/sau/pKfGhaGy6SsluJs",
    "{PBKDF2}$1$D32dM/pLzNRUzJKl$5000$df09cc998082ab2892c97de534b5ed23701a64c6",
    "{SHA512-CRYPT}$6$AK1OrEmP6HOHy0c6$s37Oevc5wFtX5AAOOm0bI.NtpcbG2VDSJS9E.IsJ6t35/8pVAwfjH7yT3Pp0VwA7qMa3GWcdf5L7mjVFPcW2i.",
]


@pytest.mark.parametrize("text", [*OPENLDAP, *DOVECOT], ids=lambda text: text.split("}")[0].strip("{"))
def test_hashes_of_directories_and_mail_servers_are_verified(text):
    assert verifies(text) == (True, False, True)


def test_traditional_crypt_is_left_to_a_reset():
    assert hashes.recognise("{CRYPT}nhXtTxcxbiYS.") is None


def test_salted_sha_of_a_directory_is_verified_from_its_definition():
    """RFC 2307 as OpenLDAP extends it: base64 of digest and salt."""
    for name, algorithm in (("SSHA", "sha1"), ("SMD5", "md5"), ("SSHA256", "sha256"), ("SSHA512", "sha512")):
        salt = b"\x00\xff1234"
        whole = hashlib.new(algorithm, WORDS.encode() + salt).digest() + salt
        assert verifies(f"{{{name}}}{base64.b64encode(whole).decode()}") == (True, False, True)


@pytest.mark.parametrize("mark", ["2a", "2b", "2y"])
def test_bcrypt_is_kept_and_its_first_72_bytes_count(mark):
    made = bcrypt.hashpw(WORDS.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", f"${mark}$")
    assert verifies(made) == (True, False, True)
    long = "a" * 80
    cut = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    with real_hashers:
        assert check_password(long, stored(cut)) is True


def test_argon2_of_others_is_kept():
    import argon2

    for kind in (argon2.Type.ID, argon2.Type.I):
        made = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1, type=kind).hash(WORDS)
        assert verifies(made) == (True, False, True)
        assert verifies(f"{{ARGON2}}{made}") == (True, False, True)
        assert verifies(f"argon2{made}") == (True, False, True)


def test_crypt_with_rounds_is_verified_and_excess_is_refused():
    assert verifies(passlib_hashes.sha512_crypt.using(rounds=1000).hash(WORDS)) == (True, False, True)
    assert hashes.recognise("$6$rounds=99999999$saltsalt$" + "a" * 86) is None
    assert hashes.recognise("$2b$31$" + "a" * 53) is None
    assert hashes.recognise("$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$" + "a" * 43) is None
    assert hashes.recognise("{PBKDF2-SHA256}99999999$c2FsdA$" + "a" * 43) is None


@pytest.mark.parametrize("chosen", ["m=1048576,t=1,p=1", "m=262144,t=5,p=1", "m=19456,t=60,p=1", "m=262144,t=4,p=32"])
def test_attack_argon2_that_would_stop_the_machine_at_sign_in_is_not_kept(chosen):
    """Anybody may have the hash of an account computed, several at once: a gibibyte each, some seconds each."""
    assert hashes.recognise(f"$argon2id$v=19${chosen}$c2FsdHNhbHQ$" + "a" * 43) is None
    usual = "$argon2id$v=19$m=262144,t=4,p=4$c2FsdHNhbHQ$" + "a" * 43
    assert hashes.recognise(usual) == hashes.Kept(f"argon2{usual}")


@pytest.mark.parametrize(
    "text", ["", "secret", "{CLEARTEXT}secret", "{SSHA}%%%", "{SSHA}c2hvcnQ=", "aB0cD1eF2gH3i", "$6$salt$short", "!", "*", "{CRYPT}x", "$2x$05$" + "a" * 53, "kept_pbkdf2$sha256$1$$", "wrapped$sha1$$$"],
)  # fmt: skip
def test_what_is_no_known_hash_is_never_taken_for_a_passphrase(text):
    assert hashes.recognise(text) is None


def test_wrapped_twice_differs_and_says_its_own_hasher():
    text = passlib_hashes.ldap_salted_sha1.hash(WORDS)
    first, second = stored(text), stored(text)
    with real_hashers:
        assert (first == second, identify_hasher(first).algorithm) == (False, "wrapped")


def _forms(digest: bytes) -> list[str]:
    whole = [
        digest.hex(),
        digest.hex().upper(),
        base64.b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).decode(),
    ]
    return [form.rstrip("=") for form in whole]


def _everything_stored() -> str:
    """Every cell of every table, as text."""
    cells = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells += [str(cell) for row in cursor.fetchall() for cell in row]
    return "\n".join(cells)


def test_attack_reading_the_database_finds_no_weak_hash(db):
    """Neither the hash as it came, nor its digest in any notation: what is left costs an argon2 for each guess."""
    salt = b"saltsalt"
    sources = {
        "sha1": hashlib.sha1(WORDS.encode() + salt).digest(),
        "md5": hashlib.md5(WORDS.encode()).digest(),
    }
    texts = {
        "ssha@people.example": "{SSHA}" + base64.b64encode(sources["sha1"] + salt).decode(),
        "md5@people.example": sources["md5"].hex(),
        "crypt@people.example": openssl("6"),
    }
    operations.receive_arrivals(
        arrivals=[Arrival(email, "X", confirmed=True, passphrase=stored(text)) for email, text in texts.items()]
    )
    found = _everything_stored()
    crypt = texts["crypt@people.example"].rsplit("$", 1)[1]
    secrets = [*_forms(sources["sha1"]), *_forms(sources["md5"]), crypt, crypt[:22], *texts.values()]
    assert [secret for secret in secrets if secret in found] == []
    assert [Person.objects.get(email=email).password.split("$")[0] for email in texts] == ["wrapped"] * 3


def test_first_sign_in_replaces_the_wrapped_hash(client, host):
    text = passlib_hashes.ldap_salted_sha1.hash(WORDS)
    operations.receive_arrivals(
        arrivals=[Arrival("nora@people.example", "Nora", confirmed=True, passphrase=stored(text))]
    )
    with real_hashers:
        refused = client.post("/account/login/", {"login": "nora@people.example", "password": WORDS + "x"})
        before = Person.objects.get(email="nora@people.example").password.split("$")[0]
        entered = client.post("/account/login/", {"login": "nora@people.example", "password": WORDS})
        after = Person.objects.get(email="nora@people.example")
        again = check_password(WORDS, after.password)
    assert (refused.status_code, before, entered.status_code, after.password.split("$")[0], again) == (
        200, "wrapped", 302, "argon2", True,
    )  # fmt: skip
    assert EmailAddress.objects.get(user=after).verified is True
