# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real worker is killed at each step of the real procedures; another one finishes: nothing lost, nothing twice."""

from __future__ import annotations

import pytest
from django.db import connection

from archipel.procedures.definitions import definition_of
from tests.faults.expected import EXPECTED
from tests.faults.house import DELETION, EXPORT, KINDS, OPENING
from tests.procedures.nursery import KILLED

pytestmark = [pytest.mark.kill, pytest.mark.slow]

STEPS = [(kind, step.name) for kind in KINDS for step in definition_of(kind).steps]
# ``inside@n``: at the n-th call of our code; the last one, beyond all of them: done, but not recorded.
EVERYWHERE = ["before", "inside", "inside@1000000", "after"]
# On PostgreSQL one death per step: its transactions are what differs.
ON_POSTGRESQL = connection.vendor == "postgresql"
MOMENTS = ["inside"] if ON_POSTGRESQL else EVERYWHERE
DEADLY = [(OPENING, "create_site", "opening"), (EXPORT, "pack", "open"), (DELETION, "delete_all", "closed")]
HUMAN = {"procedure.resumed": 1, "procedure.stopped": 1}


def work(case, *, fault="", done="tests.faults.outcome.at_rest"):
    return case.call("tests.procedures.nursery.work_until", fault=fault, done=done, timeout=30)


def found(case):
    return case.call("tests.faults.outcome.outcome").result


def forgotten(case):
    return case.call("tests.faults.outcome.half_done").result


@pytest.mark.parametrize("kind", KINDS)
def test_worker_that_nobody_disturbs_does_everything_once(arranged, kind):
    case = arranged(kind)
    assert work(case).status == 0
    assert found(case) == EXPECTED[kind]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_killed_worker_is_followed_by_another(arranged, kind, step, moment):
    case = arranged(kind)
    assert work(case, fault=f"kill:{kind}:{step}:{moment}").status == KILLED
    assert forgotten(case) == []
    assert work(case).status == 0
    assert found(case) == EXPECTED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_worker_killed_after_each_write_of_a_step_is_followed_by_another(arranged, kind):
    """Where a step does several things that stay, it may end between any two of them."""
    writes = arranged(kind).call("tests.faults.writes.writes_of_steps", kind=kind).result
    points = [f"kill:{kind}:{step}:inside@{call}" for step, calls in writes.items() for call in calls]
    found_wrong = {}
    for fault in points:
        case = arranged(kind)
        statuses = [work(case, fault=fault).status, work(case).status]
        after = found(case)
        if (statuses, after) != ([KILLED, 0], EXPECTED[kind]):
            found_wrong[fault] = statuses, after
    assert (len(points) >= 1, found_wrong) == (True, {})


@pytest.mark.parametrize("kind", KINDS[:1] if ON_POSTGRESQL else KINDS)
def test_worker_killed_at_every_step_in_turn(arranged, kind):
    case = arranged(kind)
    killed = [work(case, fault=f"kill:{kind}:{step.name}:inside").status for step in definition_of(kind).steps]
    assert killed == [KILLED] * len(killed)
    assert work(case).status == 0
    assert found(case) == EXPECTED[kind]


@pytest.mark.parametrize(("kind", "step", "state"), DEADLY[:1] if ON_POSTGRESQL else DEADLY)
def test_step_that_always_kills_its_worker_waits_for_a_human_on_today(arranged, kind, step, state):
    case = arranged(kind)
    killed = [work(case, fault=f"kill:{kind}:{step}:inside@25").status for _ in range(5)]
    assert killed == [KILLED] * 5
    assert work(case).status == 0
    stopped = found(case)
    lines = [line for line in stopped["today"] if line.startswith("procedure: ")]
    assert (stopped["spaces"], len(lines), forgotten(case)) == ([state], 1, [])
    assert case.call("tests.faults.acts.resume").status == 0
    assert work(case).status == 0
    after = found(case)
    assert after == EXPECTED[kind] | {"history": EXPECTED[kind]["history"] | HUMAN, "jobs": after["jobs"]}
    assert after["jobs"].keys() == {"done"}
