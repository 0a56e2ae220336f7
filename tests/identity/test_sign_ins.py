# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows of sign-ins: what is kept, for how long, and what a job tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.identity import operations, queries
from archipel.identity.models import IssuedToken, SignIn
from archipel.kernel import clock
from archipel.kernel.references import new_token
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def start(cloud, bob):
    """Begin a sign-in of Bob from a session, and redeem its code unless told otherwise."""
    asking.let_in(cloud[0], bob)

    def begin(session="here", redeemed=True, refresh=""):
        code = operations.start_sign_in(
            client=cloud[0], person=bob, session=session, signed_in_at=clock.now(), methods=["pwd"], scopes=["openid"],
            redirect_uri=asking.BACK,
        )  # fmt: skip
        if redeemed:
            operations.redeem_code(client=cloud[0], code=code, access=new_token(), refresh=refresh)
        return code

    return begin


def test_nobody_begins_a_sign_in_without_an_entry(cloud, charlie):
    with pytest.raises(operations.NoEntry):
        operations.start_sign_in(
            client=cloud[0], person=charlie, session="s", signed_in_at=clock.now(), methods=[], scopes=[], redirect_uri="x"
        )  # fmt: skip

    assert SignIn.objects.count() == 0


def test_ending_needs_to_know_whose(db):
    with pytest.raises(ValueError, match="whose"):
        operations.end_sign_ins(reason="nobody")


def test_ending_twice_ends_once(start, bob):
    start()

    assert [operations.end_sign_ins(reason="test", person=bob) for _time in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("redeemed", "again", "after", "left"),
    [
        (False, False, timedelta(hours=23), 1),
        (False, False, timedelta(hours=25), 0),
        (True, False, timedelta(days=179), 1),
        (True, False, timedelta(days=181), 0),
        (True, True, timedelta(days=2), 1),
    ],
)
def test_a_sign_in_is_kept_as_long_as_somebody_may_have_to_be_told(start, redeemed, again, after, left):
    start(redeemed=redeemed)
    if again:
        start()

    with time_machine.travel(clock.now() + after):
        operations.purge_sign_ins()

    assert (SignIn.objects.count(), IssuedToken.objects.count()) == (left, 0 if after > timedelta(hours=1) else 1)


def test_a_refreshed_sign_in_outlives_newer_ones(start):
    start(refresh=new_token())
    start()

    with time_machine.travel(clock.now() + timedelta(days=2)):
        operations.purge_sign_ins()

    assert SignIn.objects.count() == 2


def test_an_ended_sign_in_goes_after_a_week(start, bob):
    start()
    operations.end_sign_ins(reason="test", person=bob)

    kept = []
    for days in (6, 8):
        with time_machine.travel(clock.now() + timedelta(days=days)):
            operations.purge_sign_ins()
        kept.append(SignIn.objects.count())

    assert kept == [1, 0]


def test_a_token_opens_an_api_with_its_scope_only(inside, cloud, bob):
    launcher, secret = asking.registered("Portail", scopes=["openid", "launcher", "offline_access"])
    asking.let_in(launcher, bob)
    given = asking.tokens(inside, launcher, secret)

    found = [
        queries.client_and_person_of_access_token(given["access_token"], "launcher"),
        queries.client_and_person_of_access_token(given["access_token"], "email"),
        queries.client_and_person_of_access_token(given["refresh_token"], "launcher"),
        queries.client_and_person_of_access_token("unknown", "launcher"),
    ]

    assert found == [(launcher, bob), None, None, None]
