# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills ``identity.ports.BackchannelLogout``."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from archipel.connectors.backchannel.client import TIMEOUT, post_logout_token
from archipel.kernel.outside import RefusedOutside

THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


def anywhere(_address: str) -> bool:
    """Let every application be told."""
    return True


def on_this_machine(address: str) -> bool:
    """Let only applications of this machine be told: in the demonstration nothing leaves it."""
    return urlsplit(address).hostname in THIS_MACHINE


class HttpLogout:
    """Posts logout tokens to the addresses that ``may`` lets through; ``authority``: a PEM file of the host's own authority."""

    def __init__(self, may: Callable[[str], bool] = anywhere, timeout: float = TIMEOUT, *, authority: str = "") -> None:
        self.may = may
        self.timeout = timeout
        self.authority = authority

    def send(self, address: str, logout_token: str) -> None:
        if not self.may(address):
            raise RefusedOutside("forbidden", "the demonstration speaks to this machine only", about=address)
        post_logout_token(address, logout_token, self.timeout, self.authority)
