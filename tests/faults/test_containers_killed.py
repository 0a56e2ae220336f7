# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real worker is killed at each step of what happens to a space in containers; another one finishes: nothing twice.

What an undisturbed worker leaves is looked at first, in words; every other run must leave the same.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from archipel.procedures.definitions import definition_of
from tests.faults.blogs import BRING_BACK, KINDS, MOVE, OPENING, PROCEDURES, RETURN, UPGRADE
from tests.faults.house import keep_files
from tests.procedures.nursery import KILLED, LOADED, Case, Nursery

pytestmark = [pytest.mark.kill, pytest.mark.slow]

STEPS = [(kind, step.name) for kind in KINDS for step in definition_of(PROCEDURES[kind]).steps]
# In the middle, and beyond all calls: done, but not recorded.
MOMENTS = ["inside"] if connection.vendor == "postgresql" else ["inside", "inside@1000000"]
POSTS, PEOPLE = ["Premier billet"], ["member", "referent"]
HOME = ["node-ancre"]


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("containers")
    nursery = Nursery(folder, ARCHIPEL_LEASE="0.5", **{LOADED: "tests.faults.warm tests.faults.blogs"})
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def arranged(nursery) -> Callable[[str], Case]:
    """Return what gives a house of its own, where the worker has a procedure of this kind ahead of it."""
    begun: dict[str, Case] = {}

    def arrange(kind: str) -> Case:
        kept = nursery.folder / f"kept-{kind}"
        if kind not in begun:
            case = nursery.fresh()
            keep_files(nursery.folder / "nothing", nursery.folder)
            assert case.call("tests.faults.blogs.begin", kind=kind).status == 0
            begun[kind] = case
            keep_files(nursery.folder, kept)
        keep_files(kept, nursery.folder)
        return begun[kind].copy()

    return arrange


@pytest.fixture(scope="module")
def undisturbed(arranged) -> Callable[[str], dict]:
    """Return what a worker that nobody disturbs leaves."""
    known: dict[str, dict] = {}

    def found(kind: str) -> dict:
        if kind not in known:
            case = arranged(kind)
            assert work(case).status == 0
            known[kind] = case.call("tests.faults.blogs.outcome").result
        return known[kind]

    return found


def work(case, *, fault=""):
    return case.call(
        "tests.procedures.nursery.work_until", fault=fault, done="tests.faults.outcome.at_rest", timeout=30
    )


@pytest.mark.parametrize(
    ("kind", "spaces", "rest"),
    [
        (OPENING, [["open", "2.0", "ancre", "2.0", HOME, PEOPLE, "", [], True]], {"clients": 1, "secrets": 3}),
        (UPGRADE, [["open", "2.0", "ancre", "2.0", HOME, PEOPLE, "", POSTS, True]], {"upgrades": ["done"]}),
        (RETURN, [["open", "1.0", "ancre", "1.0", HOME, PEOPLE, "", POSTS, True]], {"upgrades": ["returned"]}),
        (MOVE, [["open", "2.0", "bouee", "2.0", ["node-bouee"], PEOPLE, "", POSTS, True]], {"holds": {"lifted": 1}}),
        (
            BRING_BACK,
            [
                ["open", "2.0", "ancre", "2.0", HOME, PEOPLE, "", POSTS, True],
                ["open", "2.0", "bouee", "2.0", ["node-bouee"], ["member", "referent", "referent"], "", POSTS, True],
            ],
            {"restorations": [["done", {"there": 0, "joined": 2, "invited": 0, "left_out": 0}]], "clients": 2},
        ),
    ],
    ids=KINDS,
)
def test_worker_that_nobody_disturbs_does_everything_once(undisturbed, kind, spaces, rest):
    found = undisturbed(kind)

    assert (found["spaces"], found["jobs"], found["left"]) == (spaces, ["done"], [])
    assert {name: found[name] for name in rest} == rest
    assert {row.rsplit(" ", 1)[1] for row in found["procedures"]} == {"done"}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_killed_worker_is_followed_by_another(arranged, undisturbed, kind, step, moment):
    expected = undisturbed(kind)
    case = arranged(kind)

    killed = work(case, fault=f"kill:{PROCEDURES[kind]}:{step}:{moment}").status
    finished = work(case).status

    assert (killed, finished) == (KILLED, 0)
    assert case.call("tests.faults.blogs.outcome").result == expected
