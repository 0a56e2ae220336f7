# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which connector fills which port, and the application that serves hosted sites."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from archipel.host import queries as host
from archipel.kernel import clock


@lru_cache(maxsize=1)
def website_store() -> Any:
    """Return the store of websites: a folder of ``ARCHIPEL_DATA``, or S3 when ``ARCHIPEL_S3_BUCKET`` is set."""
    from archipel.connectors.websites.building import build_store  # late: boto3 is only loaded when it is used

    return build_store(settings.ARCHIPEL_DATA / "websites", settings.S3)


@lru_cache(maxsize=1)
def websites() -> Any:
    """Return the connector that opens and publishes websites."""
    from archipel.connectors.websites.connector import WebsitesConnector  # late: see above

    return WebsitesConnector(website_store(), clock=clock.now)


def is_site(host_header: str) -> bool:
    """Return whether a Host header names something below the sites' domain."""
    name = host_header.rsplit(":", 1)[0].lower().rstrip(".")
    return name.endswith("." + host.current().sites_domain)


def sites_application() -> Any:
    """Return the WSGI application of hosted sites; another one when set-up has given their domain its name."""
    return _sites_below(host.current().sites_domain)


@lru_cache(maxsize=1)
def _sites_below(domain: str) -> Any:
    from archipel.connectors.websites.serving import SitesApplication  # late: see above

    return SitesApplication(website_store(), sites_domain=domain, report_url=report_url)


def report_url(address: str) -> str:
    """Return where a page of a hosted site is reported."""
    return f"{host.current().portal_url}/report/{address}/"
