# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passkeys and codes in a real browser, with Chromium's virtual authenticator: alone, after the passphrase, lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from archipel.identity import one_time_codes
from archipel.portal.demonstration.sign_ins import PASSPHRASE
from tests import axe
from tests.journeys.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
MAELLE, JEANNE, YANN = "maelle@lescale.example", "jeanne@cyclomaree.example", "yann@lescale.example"
TELEPHONE = {"transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
# A key of the first generation: nothing is kept on it and it asks for no PIN, only to be touched.
SIMPLE_KEY = {"transport": "usb", "hasResidentKey": False, "hasUserVerification": False, "isUserVerified": False}


class Device:
    """A telephone or a key that the browser of somebody finds."""

    def __init__(self, walker: Walker, kind: dict[str, Any]) -> None:
        self.session = walker.context.new_cdp_session(walker.page)
        self.session.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "automaticPresenceSimulation": True, **kind}
        answer = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.key = answer["authenticatorId"]

    def lose(self) -> None:
        self.session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.key})

    def knows_its_owner(self, verified: bool) -> None:
        """Say whether the finger, the face or the PIN is the right one."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": verified})


@pytest.fixture(scope="module")
def address(fresh: str) -> str:
    """The demonstration under a name: a passkey belongs to none that is a number."""
    return fresh.replace("127.0.0.1", "localhost")


@pytest.fixture
def walker(chromium: Browser, address: str) -> Iterator[Walker]:
    somebody = Walker(chromium, address, "en")
    yield somebody
    somebody.close()


def leave(walker: Walker) -> None:
    walker.context.clear_cookies()


def first_step(walker: Walker, email: str) -> None:
    walker.go("/account/login/")
    walker.type("E-mail address", email)
    walker.type("Passphrase", PASSPHRASE)
    walker.press("Sign in")
    assert walker.page.url.endswith("/account/second-factor/enter/")


def touch(walker: Walker, button: str) -> None:
    """Press a button that waits for a device: where it leads is waited for by who presses it."""
    walker.page.get_by_role("button", name=button, exact=True).click()


def arrive(walker: Walker, path: str) -> None:
    walker.page.wait_for_url(lambda url: urlsplit(url).path == path)


def is_told(walker: Walker, words: str) -> None:
    walker.page.get_by_role("alert").filter(has_text=words).wait_for()
    assert walker.page.get_by_role("alert").count() == 1


def type_passphrase_again(walker: Walker) -> None:
    walker.type("Passphrase", PASSPHRASE)
    walker.press("Go on")


def add_passkey(walker: Walker, name: str) -> None:
    walker.go("/account/passkeys/add/")
    if "/reauthenticate/" in walker.page.url:
        type_passphrase_again(walker)
    walker.type("Name of this passkey", name)
    touch(walker, "Add this passkey")


def axe_finds_nothing(walker: Walker) -> None:
    assert axe.violations(walker.page) == []


def enter_with_passkey(walker: Walker, path: str = "/account/login/?next=/account/tokens/") -> None:
    walker.go(path)
    touch(walker, "Enter with a passkey")


def test_passkey_is_the_second_factor_then_the_only_one(walker: Walker):
    telephone = Device(walker, TELEPHONE)
    walker.sign_in(MAELLE, PASSPHRASE)
    add_passkey(walker, "My telephone")
    arrive(walker, "/account/recovery-codes/")
    axe_finds_nothing(walker)

    leave(walker)
    first_step(walker, MAELLE)
    axe_finds_nothing(walker)
    touch(walker, "Use a passkey")
    arrive(walker, "/home/")

    leave(walker)
    enter_with_passkey(walker)
    arrive(walker, "/account/tokens/")
    walker.go("/account/passkeys/")
    walker.reads("My telephone", "Signs in alone")

    # Nobody else's finger: the device does not answer, the page says so, and nobody is signed in.
    leave(walker)
    telephone.knows_its_owner(False)
    enter_with_passkey(walker)
    is_told(walker, "No passkey was used")
    telephone.lose()
    walker.go("/home/")
    assert walker.page.url.endswith("/account/login/?next=/home/")


def test_simple_key_serves_after_the_passphrase_only(walker: Walker):
    Device(walker, SIMPLE_KEY)
    walker.sign_in(JEANNE, PASSPHRASE)
    add_passkey(walker, "Blue key")
    arrive(walker, "/account/recovery-codes/")
    walker.go("/account/passkeys/")
    walker.reads("Blue key", "After the passphrase")
    # Proved again by the key itself.
    walker.go("/account/passkeys/again/?next=/account/passkeys/")
    axe_finds_nothing(walker)
    touch(walker, "Use a passkey")
    arrive(walker, "/account/passkeys/")

    leave(walker)
    first_step(walker, JEANNE)
    touch(walker, "Use a passkey")
    arrive(walker, "/home/")
    leave(walker)
    enter_with_passkey(walker)
    is_told(walker, "No passkey was used")


def test_codes_and_recovery_codes_without_javascript(chromium: Browser, address: str):
    walker = Walker(chromium, address, "en", script=False)
    walker.sign_in(YANN, PASSPHRASE)
    walker.go("/account/second-factor/codes/")
    type_passphrase_again(walker)
    secret = walker.page.locator(".secret").inner_text().replace(" ", "")
    walker.type("Code", one_time_codes.code_at(secret, one_time_codes.present_step()))
    walker.press("Use these codes")
    codes = walker.page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10

    leave(walker)
    first_step(walker, YANN)
    walker.reads("Your passphrase is right. One more step.")
    walker.type("Code", one_time_codes.code_at(secret, one_time_codes.present_step() + 1))
    walker.press("Enter")
    arrive(walker, "/home/")

    leave(walker)
    first_step(walker, YANN)
    walker.type("Code", codes[0])
    walker.press("Enter")
    arrive(walker, "/home/")
    leave(walker)
    first_step(walker, YANN)
    walker.type("Code", codes[0])
    walker.press("Enter")
    walker.reads("This code is not right, or it has served already.")
    walker.close()


def test_number_is_no_name_for_a_passkey_and_the_page_says_so(chromium: Browser, fresh: str):
    walker = Walker(chromium, fresh, "en")
    Device(walker, TELEPHONE)
    walker.go("/account/login/")

    is_told(walker, "Passkeys belong to a name, such as localhost")
    walker.follow("Open this page under localhost")
    assert urlsplit(walker.page.url).hostname == "localhost"
    assert walker.page.get_by_role("alert").count() == 0
    walker.close()
