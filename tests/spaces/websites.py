# SPDX-License-Identifier: AGPL-3.0-or-later
"""The websites that tests publish to: a fake that a fixture renews, named in ``SPACE_CONNECTORS``."""

from __future__ import annotations

from archipel.connectors.websites.fake import FakeWebsites
from archipel.kernel import clock

_current: list[FakeWebsites] = []


def renew() -> FakeWebsites:
    """Begin with no site."""
    _current[:] = [FakeWebsites(clock.now)]
    return _current[0]


def current() -> FakeWebsites:
    """Return the fake of this test."""
    return _current[0]
