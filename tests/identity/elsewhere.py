# SPDX-License-Identifier: AGPL-3.0-or-later
"""A host whose people sign in elsewhere: what fills the two ports in tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

from django.test import override_settings

from archipel.identity import sign_on as places
from archipel.identity.ports import BAD_INPUT, SignedIn
from archipel.kernel.outside import RefusedOutside, TryLater

FILLED: dict[str, Any] = {}


def sign_on() -> Any:
    return FILLED["sign_on"]


def sign_in() -> Any:
    return FILLED["sign_in"]


@contextmanager
def chosen(there: Any, door: Any):
    """Let people sign in at ``door``, and let the worker drive ``there``."""
    FILLED.update(sign_on=there, sign_in=door)
    forget()
    here = f"{__name__}."
    with override_settings(SIGN_ON_KIND="keycloak", SIGN_ON=f"{here}sign_on", SIGN_IN_ELSEWHERE=f"{here}sign_in"):
        try:
            yield
        finally:
            forget()


def forget() -> None:
    places.sign_on.cache_clear()
    places.sign_in_elsewhere.cache_clear()


class FakeSignIn:
    """Vouches for whoever ``codes`` names; ``silent``: does not answer."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.silent = False

    def address(self, **asked: str) -> str:
        self.asked.append(asked)
        return f"https://sign-in.example/auth?state={asked['state']}"

    def exchange(self, *, code: str, back_to: str, verifier: str, nonce: str) -> SignedIn:
        if self.silent:
            raise TryLater("no answer")
        if code not in self.codes or (nonce, back_to) != (self.asked[-1]["nonce"], self.asked[-1]["back_to"]):
            raise RefusedOutside(BAD_INPUT, "no such code")
        return SignedIn(self.codes.pop(code), sid=f"sid-{code}", auth_time=0, amr=(), id_token=f"id-{verifier[:3]}")

    def sign_out_address(self, *, id_token: str, back_to: str) -> str:
        return f"https://sign-in.example/out?hint={id_token}&to={back_to}"

    def ended_session(self, logout_token: str) -> str:
        if self.silent:
            raise TryLater("no answer")
        if not logout_token.startswith("ends:"):
            raise RefusedOutside(BAD_INPUT, "no logout token")
        return logout_token.removeprefix("ends:")

    def account_address(self) -> str:
        return "https://sign-in.example/account/"
