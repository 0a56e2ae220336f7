# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smallest whole path: registered, entered, known."""

from __future__ import annotations

import pytest

from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


def test_bob_enters_an_application_and_it_knows_him(client, bob):
    cloud, secret = asking.registered()
    asking.let_in(cloud, bob)
    client.force_login(bob)

    given = asking.tokens(client, cloud, secret)

    told = asking.userinfo(client, given["access_token"]).json()
    assert told == {
        "sub": bob.public_id, "name": "Bob Leroy", "locale": "fr", "email": "bob@trois-ponts.example", "email_verified": True
    }  # fmt: skip
    assert set(given) == {"access_token", "expires_in", "token_type", "scope", "refresh_token", "id_token"}
