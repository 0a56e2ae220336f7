# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes and recovery codes: taken once, counted, locked; what follows from the first one, and from their removal."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator

from archipel.history.models import Entry
from archipel.host import operations as host_operations
from archipel.identity import one_time_codes, operations, queries
from archipel.identity.models import Session
from archipel.identity.operations import SecondFactorRefused
from archipel.kernel import keys
from archipel.kernel.refusals import TooMany
from tests.identity.factors import SECRET, code, recovery_code, with_codes

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 25, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def alice_with_codes(alice):
    return with_codes(alice)


# RFC 6238, appendix B: the secret is "12345678901234567890", the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "expected"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds, expected):
    assert one_time_codes.code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", seconds // 30) == expected


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_telephone_may_be_half_a_minute_off(alice_with_codes, steps, taken):
    with time_machine.travel(MOMENT, tick=False):
        typed = code(steps)
        found = None
        with contextlib.suppress(SecondFactorRefused):
            found = operations.use_code(person=alice_with_codes, code=typed)

    assert (found is not None) is taken


def test_code_is_never_taken_twice_nor_an_older_one(alice_with_codes):
    """The library forgets a code after 30 seconds, while it stays right for 90."""
    with time_machine.travel(MOMENT, tick=False):
        older, typed = code(-1), code()
        operations.use_code(person=alice_with_codes, code=typed)
        for again in (typed, older):
            with pytest.raises(SecondFactorRefused):
                operations.use_code(person=alice_with_codes, code=again)
    with time_machine.travel(MOMENT + timedelta(seconds=45), tick=False), pytest.raises(SecondFactorRefused):
        operations.use_code(person=alice_with_codes, code=typed)


def test_code_typed_with_spaces_is_taken(alice_with_codes):
    shown = code()

    assert operations.use_code(person=alice_with_codes, code=f" {shown[:3]} {shown[3:]} ").type == "totp"


def test_recovery_code_is_taken_once(alice_with_codes):
    typed = recovery_code(alice_with_codes)

    assert operations.use_code(person=alice_with_codes, code=typed).type == "recovery_codes"
    with pytest.raises(SecondFactorRefused):
        operations.use_code(person=alice_with_codes, code=typed)


def test_tries_are_counted_for_a_person_and_for_a_day(alice_with_codes):
    refused = []
    with time_machine.travel(MOMENT, tick=False) as travel:
        for _ in range(8):
            for _ in range(5):
                try:
                    operations.use_code(person=alice_with_codes, code="000000")
                except (SecondFactorRefused, TooMany) as refusal:
                    refused.append(refusal.code)
            travel.shift(301)
        with pytest.raises(TooMany):
            operations.use_code(person=alice_with_codes, code=code())

    assert (refused.count("second_factor_refused"), refused.count("too_many")) == (30, 10)


def test_right_code_forgives_the_wrong_ones(alice_with_codes):
    with time_machine.travel(MOMENT, tick=False):
        for _ in range(4):
            with pytest.raises(SecondFactorRefused):
                operations.use_code(person=alice_with_codes, code="000000")
        operations.use_code(person=alice_with_codes, code=code())
        for _ in range(5):
            with pytest.raises(SecondFactorRefused):
                operations.use_code(person=alice_with_codes, code="000000")


def test_codes_of_another_do_not_count(alice_with_codes, bob):
    with pytest.raises(SecondFactorRefused):
        operations.use_code(person=bob, code=code())


def test_secrets_are_locked_in_the_database_and_follow_the_keys(alice_with_codes, host, settings, tmp_path):
    before = {row.type: dict(row.data) for row in Authenticator.objects.all()}
    assert SECRET not in str(before)
    old_keys = (settings.ARCHIPEL_DATA / "keys" / "encryption-keys").read_text().split()
    settings.ARCHIPEL_DATA = tmp_path
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "encryption-keys").write_text("\n".join(old_keys) + "\n")

    host_operations.rotate_keys()
    newest = (tmp_path / "keys" / "encryption-keys").read_text().split()[0]
    (tmp_path / "keys" / "encryption-keys").write_text(newest + "\n")

    after = {row.type: row.data for row in Authenticator.objects.all()}
    assert (keys.unlock(after["totp"]["secret"]), keys.unlock(after["recovery_codes"]["seed"])) == (SECRET, "5eed" * 10)
    assert after["recovery_codes"]["used_mask"] == 0


@pytest.mark.parametrize(("factors", "left"), [(1, 1), (2, 3)])
def test_first_factor_ends_other_sessions_and_later_ones_do_not(alice, client, factors, left):
    keys_of_sessions = []
    for _ in range(3):
        client.cookies.clear()
        client.force_login(alice)
        keys_of_sessions.append(client.session.session_key)
    for number in range(factors):
        Authenticator.objects.create(user=alice, type="webauthn", data={"name": str(number)})

    operations.note_second_factor(person=alice, change="webauthn_added", keep=keys_of_sessions[0])

    assert Session.objects.filter(person=alice).count() == left
    assert Session.objects.filter(pk=keys_of_sessions[0]).exists()
    assert Entry.objects.filter(what="identity.passkey_added", actor_id=alice.public_id).count() == 1


def test_removal_takes_every_factor_and_signs_out(alice_with_codes, staff, client):
    client.force_login(alice_with_codes)

    gone = operations.remove_second_factors(person=alice_with_codes, by=staff)
    again = operations.remove_second_factors(person=alice_with_codes, by=staff)

    assert (gone, again) == (1, 0)
    assert not Authenticator.objects.exists()
    assert not Session.objects.filter(person=alice_with_codes).exists()
    assert not queries.has_second_factor(alice_with_codes)


def test_recovery_codes_alone_are_no_second_factor(alice):
    Authenticator.objects.create(user=alice, type="recovery_codes", data={"seed": keys.lock("x"), "used_mask": 0})

    assert not queries.has_second_factor(alice)


def test_merge_ends_the_factors_of_the_account_that_goes(alice, charlie, staff):
    with_codes(charlie)
    lines = queries.merge_persons_preview(kept=alice, absorbed=charlie)

    operations.merge_persons(kept=alice, absorbed=charlie, by=staff)

    assert "Les seconds facteurs du compte qui disparaît cessent de fonctionner." in [
        str(line) for line in lines.conflicts
    ]
    assert not Authenticator.objects.exists()
