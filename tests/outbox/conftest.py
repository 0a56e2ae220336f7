# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.outbox import samples
from tests.procedures.conftest import case, nursery  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def seen():
    samples.SEEN.clear()
    return samples.SEEN
