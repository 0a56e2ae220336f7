# SPDX-License-Identifier: AGPL-3.0-or-later
"""Houses where a real procedure is about to run, arranged once for each kind and copied for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.house import keep_files
from tests.procedures.nursery import LOADED, Case, Nursery

MODULES = "tests.faults.house tests.faults.outcome tests.faults.acts"


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
