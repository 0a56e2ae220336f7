# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often something may be asked: counted in the shared cache by whole windows of time."""

from __future__ import annotations

import ipaddress

from django.core.cache import cache
from django.http import HttpRequest

from archipel.identity.access import client_address
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import TooMany


def check(who: HttpRequest | str, action: str, limit: int, seconds: int) -> None:
    """Count one more ``action`` of an address (a request) or of any other key; ``TooMany`` above ``limit`` a window.

    What is counted by is kept as a digest only: the cache holds no address.
    """
    slot = _slot(who, action, seconds)
    cache.add(slot, 0, timeout=seconds)
    try:
        count = cache.incr(slot)
    except ValueError:  # the window closed between the two calls
        return
    if count > limit:
        raise TooMany


def forgive(who: HttpRequest | str, action: str, seconds: int) -> None:
    """Count from zero again in this window: what was asked turned out to be right."""
    cache.delete(_slot(who, action, seconds))


def _slot(who: HttpRequest | str, action: str, seconds: int) -> str:
    key = subscriber(client_address(who)[0]) if isinstance(who, HttpRequest) else who.casefold()
    return f"limit:{action}:{digest(key)}:{int(clock.now().timestamp()) // seconds}"


def subscriber(address: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 one, whose rest they choose."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(known.ipv4_mapped or ipaddress.IPv6Address(int(known) >> 64 << 64))
