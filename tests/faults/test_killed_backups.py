# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real worker is killed at each step of a drill and of a restore by the real restic; another one finishes."""

from __future__ import annotations

import shutil

import pytest

from archipel.procedures.definitions import definition_of
from tests.faults.house import FILES, keep_files
from tests.faults.keeping import DRILL, KINDS, RESTORE
from tests.faults.test_killed import work
from tests.procedures.nursery import KILLED

pytestmark = [
    pytest.mark.kill,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed"),
    # What is killed here is restic and its folders: the database is that of test_killed.
    pytest.mark.sqlite,
]

STEPS = [(kind, step.name) for kind in KINDS for step in definition_of(kind).steps]
BOTH = {
    "sites": [True],
    "addresses": 1,
    "page": True,
    "good_copies": True,
    "unfinished": False,
    "work": 0,
}
EXPECTED = {
    DRILL: BOTH
    | {"procedure": [DRILL, "done"], "drills": [[True, True, "shows 3 files"]], "shows": ["index.html"], "restored": 0},
    RESTORE: BOTH | {"procedure": [RESTORE, "done"], "drills": [], "shows": sorted(FILES), "restored": 1},
}


@pytest.fixture(scope="module")
def kept(nursery):
    """Return what gives a house of its own, with the files it keeps beside its database."""
    begun = {}

    def arrange(kind):
        folder = nursery.folder / f"kept-{kind}"
        if kind not in begun:
            case = nursery.fresh()
            keep_files(nursery.folder / "nothing", nursery.folder)
            assert case.call("tests.faults.keeping.begin", kind=kind).status == 0
            begun[kind] = case
            keep_files(nursery.folder, folder)
        keep_files(folder, nursery.folder)
        return begun[kind].copy()

    return arrange


def found(case):
    return case.call("tests.faults.keeping.outcome").result


@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_worker_killed_before_a_step_is_recorded_is_followed_by_another(kept, kind, step):
    case = kept(kind)
    assert work(case, fault=f"kill:{kind}:{step}:inside@1000000").status == KILLED
    assert work(case).status == 0
    assert found(case) == EXPECTED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_worker_killed_inside_every_step_in_turn_is_followed_by_another(kept, kind):
    case = kept(kind)
    killed = [work(case, fault=f"kill:{kind}:{step.name}:inside@9").status for step in definition_of(kind).steps]
    assert killed == [KILLED] * len(killed)
    assert work(case).status == 0
    assert found(case) == EXPECTED[kind]
