# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.connectors.swarm.connector import SwarmEngine
from tests.connectors.wordpress.issuer import Issuer, serving
from tests.connectors.wordpress.sites import (
    APP_IMAGE,
    CLIENT_ID,
    CLIENT_SECRET,
    DATABASE_IMAGE,
    IMAGES,
    ISSUER,
    ISSUER_HOST,
    ISSUER_PORT,
)
from tests.engine.daemon import engine, why_not
from tests.engine.images import build_image


@pytest.fixture(scope="session")
def machine():
    """A container engine with the images of WordPress and of its database."""
    if why_not():
        pytest.skip(f"no container engine: {why_not()}")
    archives = (build_image(IMAGES, APP_IMAGE), build_image(IMAGES / "db", DATABASE_IMAGE))
    with engine(load=archives) as one:
        one.namespace.ip("address", "add", f"{ISSUER_HOST}/32", "dev", "lo")
        yield one


@pytest.fixture(scope="session")
def real_engine(machine):
    return SwarmEngine(machine.address)


@pytest.fixture(scope="module")
def issuer(machine):
    with machine.namespace.entered():
        running = serving(Issuer(ISSUER, CLIENT_ID, CLIENT_SECRET), ISSUER_HOST, ISSUER_PORT)
        told = running.__enter__()
    try:
        yield told
    finally:
        running.__exit__(None, None, None)
