# SPDX-License-Identifier: AGPL-3.0-or-later
"""The small cast every test plays with: Alice the referent, Bob a member, Charlie a stranger, Staff of the host."""

from __future__ import annotations

import gc
import os
import socket

import pytest
from django.core.cache import cache
from django.utils import translation

from archipel.host import queries as host_queries
from archipel.identity import signing
from tests import factories
from tests.looking import LookingClient

# Tests with one of these marks speak to a server they started; all others must not reach outside their process.
MAY_CONNECT = ("server", "browser", "kill", "slow")


def pytest_collection_finish():
    """Spare the collector what stays to the end: seven thousand tests and all they load, looked at again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Forget what a process remembers of the host between tests, and the language of the last page."""
    host_queries.forget_remembered()
    signing.forget_remembered()
    cache.clear()
    translation.deactivate()
    yield
    host_queries.forget_remembered()
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_connection(request, monkeypatch):
    """Let a quick test fail that would open a connection: its result would depend on the network."""
    if any(request.node.get_closest_marker(mark) for mark in MAY_CONNECT):
        return

    def refused(_socket, address, *_):
        pytest.fail(f"a test without a mark connects to {address}")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "connect_ex", refused)


@pytest.fixture
def client():
    """A browser whose pages are looked at (``tests/looking.py``)."""
    return LookingClient()


@pytest.fixture
def host(db):
    return factories.host()


@pytest.fixture
def alice(db):
    return factories.person(name="Alice Martin", email="alice@trois-ponts.example")


@pytest.fixture
def bob(db):
    return factories.person(name="Bob Leroy", email="bob@trois-ponts.example")


@pytest.fixture
def charlie(db):
    return factories.person(name="Charlie Petit", email="charlie@elsewhere.example")


@pytest.fixture
def trois_ponts(alice, bob):
    """The organisation of Alice (referent) and Bob (member)."""
    return factories.organisation(name="La ressourcerie des Trois-Ponts", referent=alice, members=[bob])


@pytest.fixture
def staff(host):
    """A person of the host with every right of the desk."""
    return factories.host_person(name="Staff Morvan", email="staff@lescale.example", roles=["administrator"])


@pytest.fixture
def reviewer(host):
    return factories.host_person(name="Maëlle Riou", email="maelle@lescale.example", roles=["reviewer"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose, where the tests run on PostgreSQL, what is not of SQLite alone."""
    if not os.environ.get("ARCHIPEL_DATABASE"):
        return
    left = [item for item in items if item.get_closest_marker("sqlite")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not item.get_closest_marker("sqlite")]
