# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where an application may be led back to: which addresses can be written down, and which one asked for is one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

LONGEST = 500
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")


def may_be_registered(uri: str, *, native: bool) -> bool:
    """Return whether an address can be one of an application's: https, or http on the same machine; ``native``
    applications may have a scheme of their own with a dot in it (RFC 8252, section 7.1). No fragment (RFC 6749, 3.1.2).
    """
    parts = _parts(uri)
    if parts is None or "#" in uri or parts.username is not None:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return parts.hostname == "localhost" or _is_loopback(parts)
    return native and bool(_PRIVATE_SCHEME.fullmatch(parts.scheme))


def is_one_of(asked: str, registered: Sequence[str], *, native: bool) -> bool:
    """Return whether an address is registered, letter by letter, its query string included.

    Only the port of a loopback address of a ``native`` application may differ (RFC 8252, section 7.3).
    """
    if asked in registered:
        return True
    wanted = _without_port(asked) if native else None
    return wanted is not None and any(_without_port(uri) == wanted for uri in registered)


def with_answer(uri: str, answer: str) -> str:
    """Return an address with an encoded answer added to its query string, which is otherwise left as it is."""
    return f"{uri}{'&' if '?' in uri else '?'}{answer}" if answer else uri


def _without_port(uri: str) -> str | None:
    parts = _parts(uri)
    if parts is None or parts.scheme != "http" or not _is_loopback(parts):
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    rest = uri[len("http://") + len(parts.netloc) :]
    # Only what is exactly an address and a port is taken apart: anything else is compared whole.
    return f"http://{host}{rest}" if parts.netloc in (host, f"{host}:{parts.port}") else None


def _is_loopback(parts: SplitResult) -> bool:
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _parts(uri: str) -> SplitResult | None:
    if len(uri) > LONGEST or not _VISIBLE.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts
