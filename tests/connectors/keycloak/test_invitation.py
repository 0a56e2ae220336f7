# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keycloak writes to whom it is told to invite; the link in its mail leads to a page that chooses a passphrase."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from archipel.kernel.outside import RefusedOutside
from tests.connectors.keycloak.realms import emptied, sign_on_of
from tests.connectors.keycloak.relying_party import Browser
from tests.connectors.keycloak.worlds import BOB, REALM
from tests.connectors.websites.servers import free_ports

pytestmark = pytest.mark.server
NOWHERE = "http://127.0.0.1:9/"


class Letterbox:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], str]] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, letter.get_body(("plain", "html")).get_content()))
        return "250 kept"


@pytest.fixture
def letterbox(real_keycloak, real_realm):
    kept = Letterbox()
    (port,) = free_ports(1)
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    server = {"host": "127.0.0.1", "port": str(port), "from": "bonjour@lescale.example"}
    real_keycloak.admin("PUT", f"/{real_realm.realm}", json={"smtpServer": server})
    yield kept
    real_keycloak.admin("PUT", f"/{real_realm.realm}", json={"smtpServer": {}})
    controller.stop()


def test_who_is_invited_chooses_a_passphrase_by_the_link_of_a_mail(letterbox, real_realm):
    sign_on = sign_on_of(emptied(real_realm))
    sign_on.put(REALM)
    sign_on.put(replace(BOB, groups=frozenset(), passphrase_hash=""))

    sign_on.invite(BOB.id)

    ((to, text),) = letterbox.letters
    link = re.search(r"http://127\.0\.0\.1:\d+/realms/\S+?/login-actions/action-token\?[^\s\"<>]+", text)
    assert to == [BOB.email]
    assert link
    browser = Browser()
    onward = re.search(r'href="([^"]*login-actions/action-token[^"]*)"', browser.go(link[0], NOWHERE).text)
    assert onward
    assert 'name="password-new"' in browser.go(html.unescape(onward[1]), NOWHERE).text


def test_nobody_is_invited_who_has_no_account(letterbox, real_realm):
    with pytest.raises(RefusedOutside):
        sign_on_of(emptied(real_realm)).invite("nobody34567890")
    assert letterbox.letters == []
