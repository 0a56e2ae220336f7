# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which names the portal answers to: its own and the machine's; any other name is led to the portal's address.

The bare domain of the sites is one of the others: a hosted page may set cookies for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from archipel.host import queries as host

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def is_portal(host_header: str) -> bool:
    """Return whether a Host header names the portal; before the host is set up every name does."""
    found = host.current()
    name = "" if "@" in host_header else name_of(f"//{host_header}")
    return found.set_up_at is None or name in THIS_MACHINE or name == name_of(found.portal_url)


def name_of(address: str) -> str:
    """Return the host name of an address or of a Host header, empty when there is none."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return (parts.hostname or "").rstrip(".") if parts.port != 0 else ""
    except ValueError:  # brackets that hold no address, a port that is no number
        return ""


def elsewhere(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer to a name that is not the portal's: its visitors are led there, nothing is accepted."""
    kind = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
    if environ.get("REQUEST_METHOD") in {"GET", "HEAD"}:
        start_response("302 Found", [*kind, ("Location", f"{host.current().portal_url}/"), ("Content-Length", "0")])
        return [b""]
    start_response("421 Misdirected Request", [*kind, ("Content-Length", "0")])
    return [b""]
