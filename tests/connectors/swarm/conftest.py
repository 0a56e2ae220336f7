# SPDX-License-Identifier: AGPL-3.0-or-later
"""Both engines: the one in memory, and Docker with a swarm of one in a network namespace of its own."""

from __future__ import annotations

import itertools

import pytest

from archipel.connectors.swarm.connector import SwarmEngine
from archipel.connectors.swarm.fake import FakeEngine
from archipel.machines.ports import Engine
from tests.connectors.swarm.worlds import IMAGE, OTHER, images
from tests.engine.daemon import Daemon, engine, why_not

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    """The real engine, one for all tests of a file."""
    if why_not():
        pytest.skip(f"{why_not()}")
    with engine(load=images()) as one:
        yield one


@pytest.fixture(scope="module")
def swarm(daemon) -> SwarmEngine:
    return SwarmEngine(daemon.address)


@pytest.fixture(params=["memory", pytest.param("docker", marks=pytest.mark.server)])
def both(request) -> Engine:
    if request.param == "memory":
        return FakeEngine(images=[IMAGE, OTHER])
    return request.getfixturevalue("swarm")


@pytest.fixture
def name() -> str:
    """A name of a stack that no other test of this file uses."""
    return f"s-{next(_numbers)}"
