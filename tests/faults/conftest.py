# SPDX-License-Identifier: AGPL-3.0-or-later
"""Houses where a real procedure is about to run, arranged once for each kind and copied for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bench.serving import free_port

from archipel.config.tour.speaking import wait_for
from tests.faults.demonstration import VERSION_ONE, Demonstration, packed
from tests.faults.house import keep_files
from tests.procedures.nursery import LOADED, Case, Nursery

UNDER_WAY = "SELECT count(*) FROM outbox_job WHERE state = 'pending' AND attempts = 0"
MODULES = "tests.faults.warm"


@pytest.fixture(scope="session")
def nursery(tmp_path_factory):
    """Real workers with a lease of half a second, on the real store of websites in a folder."""
    nursery = Nursery(tmp_path_factory.mktemp("faults"), ARCHIPEL_LEASE="0.5", **{LOADED: MODULES})
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def arranged(nursery) -> Callable[[str], Case]:
    """Return what gives a house of its own, where the worker has a procedure of this kind ahead of it."""
    begun: dict[str, Case] = {}

    def arrange(kind: str) -> Case:
        kept = nursery.folder / f"kept-{kind}"
        if kind not in begun:
            case = nursery.fresh()
            keep_files(nursery.folder / "nothing", nursery.folder)
            assert case.call("tests.faults.house.begin", kind=kind).status == 0
            begun[kind] = case
            keep_files(nursery.folder, kept)
        keep_files(kept, nursery.folder)
        return begun[kind].copy()

    return arrange


@pytest.fixture(scope="session")
def online(tmp_path_factory) -> Demonstration:
    """A demonstration whose site shows version one; it is not served: copy it."""
    made = Demonstration(tmp_path_factory.mktemp("online") / "data", free_port())
    made.start()
    try:
        versions = f"/api/spaces/{made.space_id()}/versions"
        made.referent().call("POST", versions, expect=201, raw=packed(VERSION_ONE))
        wait_for(lambda: made.read(UNDER_WAY) == [(0,)], "the worker to be done")
    finally:
        made.stop()
    return made


@pytest.fixture
def demonstration(online, tmp_path):
    """A demonstration of this test's own, served."""
    made = online.copy(tmp_path)
    made.start()
    yield made
    made.stop()
