# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real worker killed before, inside and after each step: the next one ends the crossing, nothing lost, nothing twice."""

from __future__ import annotations

import signal
import time

import pytest

from tests.procedures.nursery import KILLED
from tests.procedures.toy import KIND, STEPS

pytestmark = [pytest.mark.kill, pytest.mark.slow]

DONE = {
    "state": "done",
    "steps": [[name, "done", f"{name} of boat"] for name in STEPS],
    "files": sorted(STEPS),
    "jobs": ["done"],
}
# What the killed worker had time to write of the step it died in.
TRACES = {
    "before": [],
    "inside@4": ["begin"],  # before its file is written
    "inside@6": ["begin"],  # after its file is written
    "inside@9": ["begin", "end"],
    "after": ["begin", "end"],
}


def _work(case, *, fault="", timeout=20.0):
    done = "tests.procedures.toy.finished"
    return case.call("tests.procedures.nursery.work_until", fault=fault, done=done, timeout=timeout)


def _crossing(case, **kwargs):
    case.call("tests.procedures.toy.begin", about_id="boat", **kwargs)


def _outcome(case):
    found = case.call("tests.procedures.toy.outcome", about_id="boat").result
    return found.pop("journal"), found


@pytest.fixture(autouse=True)
def no_boat(case):
    case.call("tests.procedures.toy.forget", about_id="boat")


@pytest.mark.parametrize("moment", TRACES)
@pytest.mark.parametrize("step", STEPS)
def test_killed_worker_is_followed_by_another(case, step, moment):
    _crossing(case)
    assert _work(case, fault=f"kill:{KIND}:{step}:{moment}").status == KILLED
    assert _work(case).status == 0
    journal, found = _outcome(case)
    expected = []
    for name in STEPS:
        if name == step:
            expected += [f"{word} {name}" for word in TRACES[moment]]
        if name != step or moment != "after":
            expected += [f"begin {name}", f"end {name}"]
    assert (found, journal) == (DONE, expected)


def test_worker_killed_at_every_step_in_turn(case):
    _crossing(case)
    for step in STEPS:
        assert _work(case, fault=f"kill:{KIND}:{step}:inside").status == KILLED
    assert _work(case).status == 0
    assert _outcome(case)[1] == DONE


def test_step_that_always_kills_its_worker_is_given_to_a_human(case):
    _crossing(case)
    killed = [_work(case, fault=f"kill:{KIND}:sail:inside").status for _ in range(5)]
    assert killed == [KILLED] * 5
    assert _work(case).status == 0
    lines = case.call("tests.procedures.toy.today").result
    assert (_outcome(case)[1]["state"], len(lines)) == ("stopped", 1)


def test_two_workers_cross_once(case):
    _crossing(case)
    work = {"done": "tests.procedures.toy.finished"}
    pids = [case.begin("tests.procedures.nursery.work_until", **work) for _ in range(2)]
    assert [case.wait(pid).status for pid in pids] == [0, 0]
    journal, found = _outcome(case)
    assert (found, len(journal)) == (DONE, 2 * len(STEPS))


@pytest.mark.parametrize("seconds", [3.0, 25.0])
def test_long_write_of_somebody_else_runs_no_step_twice(case, seconds):
    """The lease is half a second: every heartbeat is kept waiting six or fifty times longer."""
    _crossing(case, context={"sail": "sleep 1.0"})
    work = {"done": "tests.procedures.toy.finished", "timeout": 60.0}
    first = case.begin("tests.procedures.nursery.work_until", **work)
    _until(lambda: "begin sail" in case.call("tests.procedures.toy.journal", about_id="boat").result)
    writer = case.begin("tests.procedures.toy.hold_the_write_lock", seconds=seconds)
    second = case.begin("tests.procedures.nursery.work_until", **work)
    assert [case.wait(pid).status for pid in (writer, first, second)] == [0, 0, 0]
    journal, found = _outcome(case)
    assert found == DONE
    assert journal == [f"{word} {name}" for name in STEPS for word in ("begin", "end")]


def test_worker_paused_longer_than_its_lease_writes_nothing_more(case):
    """The stopped process wakes up when another has gone on: its token is no longer the step's."""
    _crossing(case, context={"sail": "sleep 0.5"})
    work = {"done": "tests.procedures.toy.finished"}
    first = case.begin("tests.procedures.nursery.work_until", **work)
    _until(lambda: "begin sail" in case.call("tests.procedures.toy.journal", about_id="boat").result)
    case.signal(first, signal.SIGSTOP)
    assert _work(case).status == 0
    _, before = _outcome(case)
    case.signal(first, signal.SIGCONT)
    assert case.wait(first).status == 0
    _, after = _outcome(case)
    assert (before, after) == (DONE, DONE)


def _until(true, timeout=10.0):
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
