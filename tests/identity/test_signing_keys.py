# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys that sign: published before they do, kept while what they signed lives, and nobody is interrupted."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import jwt
import pytest
import time_machine
from django.core.management import call_command

from archipel.host import operations as host_operations
from archipel.identity import operations, signing
from archipel.identity.models import SigningKey
from archipel.kernel import clock, keys
from tests import factories
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


def _kid(token):
    return jwt.get_unverified_header(token)["kid"]


def _published(browser):
    return [key["kid"] for key in browser.get("/oidc/keys").json()["keys"]]


def _move(moved, **span):
    moved.shift(timedelta(**span))
    signing.forget_remembered()


def test_the_first_key_is_made_once(db):
    operations.ensure_signing_key()
    operations.ensure_signing_key()

    row = SigningKey.objects.get()
    assert (row.signs_from <= clock.now(), set(row.public_jwk)) == (True, {"kty", "n", "e"})
    assert "PRIVATE KEY" in keys.unlock(row.locked_private)


def test_nothing_private_is_published(client):
    factories.signing_key()

    key = client.get("/oidc/keys").json()["keys"][0]

    assert set(key) == {"kty", "n", "e", "use", "alg", "kid"}
    assert (key["alg"], key["use"]) == ("RS256", "sig")


def test_a_rotation_interrupts_nobody(inside, cloud):
    """A token of each day is read with the keys published that day, and with those an application kept for four hours."""
    with time_machine.travel(clock.now(), tick=False) as moved:
        first = asking.tokens(inside, *cloud)
        kept = _published(inside)
        operations.rotate_signing_key()
        days = []
        for _time in range(20):
            _move(moved, hours=4)
            operations.care_for_signing_keys()
            token = asking.tokens(inside, *cloud)["id_token"]
            days.append((_kid(token) in kept, _kid(token) in _published(inside)))
            kept = _published(inside)
        last = asking.tokens(inside, *cloud)

    assert set(days) == {(True, True)}
    assert _kid(first["id_token"]) != _kid(last["id_token"])
    assert _published(inside) == [_kid(last["id_token"])]


def test_the_next_key_does_not_sign_yet(inside, cloud):
    before = _kid(asking.tokens(inside, *cloud)["id_token"])

    made = operations.rotate_signing_key()

    assert _kid(asking.tokens(inside, *cloud)["id_token"]) == before
    assert _published(inside) == [made.key_id, before]
    assert operations.rotate_signing_key().key_id == made.key_id


def test_a_key_that_leaked_is_gone_at_once(inside, cloud):
    old = asking.tokens(inside, *cloud)["id_token"]

    made = operations.rotate_signing_key(at_once=True)

    assert _published(inside) == [made.key_id]
    assert _kid(asking.tokens(inside, *cloud)["id_token"]) == made.key_id
    assert SigningKey.objects.get(key_id=_kid(old)).locked_private == ""


def test_a_withdrawn_key_still_reads_what_it_signed(inside, cloud, bob):
    old = asking.tokens(inside, *cloud)["id_token"]

    operations.rotate_signing_key(at_once=True)

    assert signing.read(old)["sub"] == bob.public_id


def test_keys_are_renewed_every_ninety_days(db):
    factories.signing_key()
    operations.care_for_signing_keys()
    young = SigningKey.objects.count()
    SigningKey.objects.update(signs_from=clock.now() - timedelta(days=90))

    operations.care_for_signing_keys()

    assert (young, SigningKey.objects.count()) == (1, 2)


def test_the_keys_of_the_house_lock_it_again(inside, cloud):
    before = SigningKey.objects.get().locked_private

    host_operations.rotate_keys(add=False)

    after = SigningKey.objects.get().locked_private
    signing.forget_remembered()
    assert (after != before, keys.unlock(after) == keys.unlock(before)) == (True, True)
    assert asking.tokens(inside, *cloud)["id_token"]


def test_the_command_says_when_the_next_key_signs(db):
    factories.signing_key()
    said = StringIO()

    call_command("rotate_signing_key", stdout=said)

    made = SigningKey.objects.order_by("-signs_from").first()
    assert made.key_id in said.getvalue()
    assert SigningKey.objects.count() == 2
