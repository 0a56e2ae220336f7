# SPDX-License-Identifier: AGPL-3.0-or-later
"""A worker killed while it reads, brings in and undoes: the next one goes on, nothing is lost, nothing comes twice."""

from __future__ import annotations

import pytest

from tests.procedures.conftest import case, nursery  # noqa: F401 - fixtures
from tests.procedures.nursery import KILLED

pytestmark = [pytest.mark.kill, pytest.mark.slow]
WHERE = "tests.organisations.house_moving"
# Kind, step and moment of each death, in the order in which they are met.
WHILE_READING = ["import_read:read:inside@60"]
WHILE_APPLYING = [
    "import_part:bring:inside@40", "import_part:bring:inside@900", "import_part:bring:inside@2500", "import_part:bring:after",
    "import_part:go_on:inside@9",
]  # fmt: skip
WHILE_UNDOING = ["import_undo:take_back:inside@700", "import_undo:take_back:after"]


def through(case, *, killed: bool):  # noqa: F811 - the fixture's name
    """Read, apply, undo; return what was there after the second and the third."""
    found = []
    case.call(f"{WHERE}.begin")
    for deaths, done, act in (
        (WHILE_READING, "was_read", "apply"), (WHILE_APPLYING, "was_applied", "undo"), (WHILE_UNDOING, "was_undone", None),
    ):  # fmt: skip
        for death in deaths if killed else ():
            fault = f"kill:organisations.{death}"
            assert (death, _work(case, done, fault).status) == (death, KILLED)
        assert _work(case, done).status == 0
        found.append(case.call(f"{WHERE}.outcome").result)
        if act:
            case.call(f"{WHERE}.{act}")
    return found


def _work(case, done, fault=""):  # noqa: F811 - the fixture's name
    return case.call("tests.procedures.nursery.work_until", fault=fault, done=f"{WHERE}.{done}", timeout=40.0)


def test_import_killed_at_every_stage_ends_as_if_nobody_had_died(nursery):  # noqa: F811 - the fixture's name
    undisturbed = through(nursery.fresh(), killed=False)
    disturbed = through(nursery.fresh(), killed=True)
    assert disturbed == undisturbed
    assert (undisturbed[1]["rows"][0], undisturbed[1]["wrapped"], undisturbed[2]["rows"]) == (100, 100, [0] * 6)
