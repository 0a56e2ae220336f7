# SPDX-License-Identifier: AGPL-3.0-or-later
"""The websites that tests publish to: a fake that a fixture renews, named in ``SPACE_CONNECTORS``."""

from __future__ import annotations

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.fake import FakeWebsites
from archipel.kernel import clock
from archipel.spaces.wiring import connector_named

_current: list[WebsitesConnector] = []


def renew() -> FakeWebsites:
    """Begin with no site."""
    made = FakeWebsites(clock.now)
    _current[:] = [made]
    return made


def put(connector: WebsitesConnector) -> None:
    """Use another connector for the rest of this test."""
    _current[:] = [connector]
    connector_named.cache_clear()


def current() -> WebsitesConnector:
    """Return the connector of this test."""
    return _current[0]
