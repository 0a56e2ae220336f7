# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.identity.redirections import is_one_of, may_be_registered, with_answer


@pytest.mark.parametrize(
    ("uri", "server", "native"),
    [
        ("https://nuage.example/callback?x=1", True, True),
        ("http://127.0.0.1:8000/callback", True, True),
        ("http://[::1]/callback", True, True),
        ("http://localhost:3000/callback", True, True),
        ("org.example.app:/callback", False, True),
        ("http://nuage.example/callback", False, False),
        ("https://nuage.example/callback#part", False, False),
        ("https://somebody@nuage.example/callback", False, False),
        ("https:///callback", False, False),
        ("https://nuage.example/a b", False, False),
        ("https://nuage.example/\n", False, False),
        ("https://nuage.example:port/", False, False),
        ("https://" + "a" * 500, False, False),
        ("javascript:alert(1)", False, False),
        ("data:text/html,x", False, False),
        ("/callback", False, False),
        ("", False, False),
    ],
)
def test_only_safe_addresses_can_be_registered(uri, server, native):
    assert (may_be_registered(uri, native=False), may_be_registered(uri, native=True)) == (server, native)


@pytest.mark.parametrize(
    ("asked", "registered", "same"),
    [
        ("http://127.0.0.1:1/a?b=c", "http://127.0.0.1/a?b=c", True),
        ("http://[::1]:65535/a", "http://[::1]:8/a", True),
        ("http://127.0.0.1:1/a?b=d", "http://127.0.0.1/a?b=c", False),
        ("http://127.0.0.1:1/A", "http://127.0.0.1/a", False),
        ("http://127.0.0.2:1/a", "http://127.0.0.1/a", False),
        ("http://localhost:1/a", "http://localhost/a", False),
        ("https://127.0.0.1:1/a", "http://127.0.0.1/a", False),
        ("http://127.0.0.1:99999/a", "http://127.0.0.1/a", False),
        ("http://x@127.0.0.1:1/a", "http://127.0.0.1/a", False),
        ("http://127.0.0.1:1@evil.example/a", "http://127.0.0.1/a", False),
    ],
)
def test_only_the_port_of_a_loopback_address_may_differ(asked, registered, same):
    assert (is_one_of(asked, [registered], native=True), is_one_of(asked, [registered], native=False)) == (same, False)


def test_an_answer_is_added_without_touching_the_address():
    assert with_answer("https://a.example/?b=%20&c=+", "code=1") == "https://a.example/?b=%20&c=+&code=1"
    assert with_answer("org.example.app:/x", "code=1") == "org.example.app:/x?code=1"
    assert with_answer("https://a.example/", "") == "https://a.example/"
