# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same port in memory: keeps what was sent, and fails as it is told to."""

from __future__ import annotations

from archipel.kernel.outside import RefusedOutside, TryLater


class FakeLogout:
    """``silent`` and ``refusing`` are addresses that do not answer, or say no."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.silent: set[str] = set()
        self.refusing: set[str] = set()

    def send(self, address: str, logout_token: str) -> None:
        if address in self.silent:
            raise TryLater("no answer to the logout token: Timeout")
        if address in self.refusing:
            raise RefusedOutside("bad_input", "the application answered 400 to the logout token: ", about=address)
        self.sent.append((address, logout_token))
