# SPDX-License-Identifier: AGPL-3.0-or-later
"""The small cast every test plays with: Alice the referent, Bob a member, Charlie a stranger, Staff of the host."""

from __future__ import annotations

import pytest

from archipel.host import queries as host_queries
from tests import factories


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Forget what a process remembers of the host between tests."""
    from django.core.cache import cache

    host_queries.forget_remembered()
    cache.clear()
    yield
    host_queries.forget_remembered()


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
