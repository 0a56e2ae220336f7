# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from archipel.identity import limits
from archipel.identity.access import client_address
from archipel.kernel.refusals import TooMany

START = "2026-11-23 10:00"


def asks(rf, address="192.0.2.1", **headers):
    return rf.get("/", REMOTE_ADDR=address, REMOTE_PORT="4321", **headers)


def test_limit_refuses_above_its_number_for_each_address(rf):
    with time_machine.travel(START, tick=False):
        for _ in range(3):
            limits.check(asks(rf), "form", 3, 60)

        with pytest.raises(TooMany):
            limits.check(asks(rf), "form", 3, 60)
        limits.check(asks(rf, "192.0.2.2"), "form", 3, 60)
        limits.check(asks(rf), "other", 3, 60)


def test_limit_starts_again_with_the_next_window(rf):
    with time_machine.travel(START, tick=False) as moved:
        limits.check(asks(rf), "form", 1, 60)
        moved.shift(timedelta(seconds=60))

        limits.check(asks(rf), "form", 1, 60)


def test_limit_counts_a_whole_network_of_ipv6_as_one(rf):
    with time_machine.travel(START, tick=False):
        limits.check(asks(rf, "2001:db8:1:2::1"), "form", 1, 60)

        with pytest.raises(TooMany):
            limits.check(asks(rf, "2001:db8:1:2:ffff::9"), "form", 1, 60)
        limits.check(asks(rf, "2001:db8:1:3::1"), "form", 1, 60)
        limits.check(asks(rf, "::ffff:192.0.2.1"), "form", 1, 60)
        with pytest.raises(TooMany):
            limits.check(asks(rf, "192.0.2.1"), "form", 1, 60)


def test_limit_by_key_does_not_care_for_capitals():
    with time_machine.travel(START, tick=False):
        limits.check("Alice@example.org", "form", 1, 60)

        with pytest.raises(TooMany):
            limits.check("alice@EXAMPLE.org", "form", 1, 60)


def test_cache_holds_no_address(rf):
    limits.check(asks(rf), "form", 1, 60)

    assert "192.0.2.1" not in str(cache._cache)


def test_client_address_is_that_of_the_connection(rf, settings):
    settings.SECURE_PROXY_SSL_HEADER = None

    assert client_address(asks(rf, HTTP_X_FORWARDED_FOR="203.0.113.9")) == ("192.0.2.1", 4321)


def test_client_address_behind_the_proxy_is_the_last_one_it_added(rf, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert client_address(asks(rf, HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.7")) == ("198.51.100.7", 0)
