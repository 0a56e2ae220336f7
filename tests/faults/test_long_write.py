# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody writes for 25 s while a step of a real opening runs: the lease is half a second, and the step runs once."""

from __future__ import annotations

import time

import pytest

from archipel.procedures.definitions import definition_of
from tests.faults.expected import OPENED
from tests.faults.house import OPENING
from tests.faults.obstacles import nobody_swaps

pytestmark = [pytest.mark.kill, pytest.mark.slow]


def until(case, function, wanted, seconds=20.0):
    end = time.monotonic() + seconds
    while case.call(f"tests.faults.acts.{function}").result != wanted:
        assert time.monotonic() < end, f"{function} was never {wanted}"


def test_step_under_a_write_of_25_seconds_runs_once(arranged, nursery):
    case = arranged(OPENING)
    work = {"done": "tests.faults.outcome.at_rest", "timeout": 90.0}
    with nobody_swaps(nursery.folder / "websites"):
        first = case.begin("tests.procedures.nursery.work_until", **work)
        until(case, "step_now", "create_site")
        writer = case.begin("tests.procedures.toy.hold_the_write_lock", seconds=25.0)
        until(case, "write_lock_is_held", True)
    second = case.begin("tests.procedures.nursery.work_until", **work)
    time.sleep(5)
    assert case.call("tests.faults.acts.write_lock_is_held").result is True
    assert [case.wait(pid).status for pid in (writer, first, second)] == [0, 0, 0]
    begun = case.call("tests.faults.acts.steps_begun").result
    assert begun == {step.name: 1 for step in definition_of(OPENING).steps}
    assert case.call("tests.faults.outcome.outcome").result == OPENED
