# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace

import pytest

from archipel.history.sentences import register


@pytest.fixture(autouse=True)
def sentences():
    register({"boat.named": "{actor} named {about} with {drink}", "boat.seen": "{about} was seen by {witness}"})


@pytest.fixture
def ana():
    return SimpleNamespace(public_id="ana-id", name="Ana Étienne")
