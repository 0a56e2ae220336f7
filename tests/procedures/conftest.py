# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.procedures import toy
from tests.procedures.nursery import Nursery


@pytest.fixture
def boat():
    """The folder of object "boat", empty."""
    toy.forget(about_id="boat")
    return SimpleNamespace(journal=lambda: toy.journal("boat"))


@pytest.fixture(scope="session")
def nursery(tmp_path_factory):
    """Real workers with a lease of half a second."""
    nursery = Nursery(tmp_path_factory.mktemp("nursery"), ARCHIPEL_LEASE="0.5")
    yield nursery
    nursery.close()


@pytest.fixture
def case(nursery):
    return nursery.fresh()
