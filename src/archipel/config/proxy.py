# SPDX-License-Identifier: AGPL-3.0-or-later
"""The proxy before the portal and the spaces: a Caddy that Archipel drives (``ARCHIPEL_CADDY``), or none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archipel.spaces.ports import Proxy

# What a CAA record calls the authority that Caddy asks by itself.
AUTHORITY = "letsencrypt.org"


def certificate_authority() -> str:
    """Return who gives certificates, as CAA records name it; empty when the proxy makes its own or nobody said."""
    if _issuer() == "acme":
        return AUTHORITY
    return os.environ.get("ARCHIPEL_CADDY_CAA", "").strip().lower()


def proxy() -> Proxy | None:
    """Return what drives the proxy, None when this host has none. Only the worker calls it."""
    from django.conf import settings  # late: settings read the authority from here

    if not settings.BEHIND_PROXY_OF_OURS:
        return None
    from archipel.connectors.caddy.configuration import (
        Standing,
    )  # late: only the worker of a host with a proxy needs it
    from archipel.connectors.caddy.connector import CaddyProxy
    from archipel.host import queries as host
    from archipel.spaces.front import certificate_token

    here = host.current()
    asked = os.environ.get("ARCHIPEL_CADDY_ASKS") or f"http://{settings.WEB_UPSTREAMS[0]}"
    return CaddyProxy(
        Standing(
            admin=_admin(os.environ["ARCHIPEL_CADDY"]),
            permission_url=f"{asked.rstrip('/')}/internal/certificate?token={certificate_token()}",
            issuer=_issuer(),
            email=here.contact_address,
            listen=tuple(os.environ.get("ARCHIPEL_CADDY_LISTEN", "").split()) or ("",),
            http_port=int(os.environ.get("ARCHIPEL_CADDY_HTTP_PORT") or 80),
            https_port=int(os.environ.get("ARCHIPEL_CADDY_HTTPS_PORT") or 443),
            language=(here.languages or ["fr"])[0],
        )
    )


def _issuer() -> str:
    return os.environ.get("ARCHIPEL_CADDY_ISSUER") or "acme"


def _admin(place: str) -> str:
    # The worker is another user than Caddy: they meet in a group.
    return f"unix/{place}|0660" if place.startswith("/") else place
