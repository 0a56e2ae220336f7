# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real worker processes: together, told to stop, killed, cut off from the database."""

from __future__ import annotations

import signal
import time

import pytest
from django.conf import settings

from tests.procedures.nursery import KILLED

pytestmark = [pytest.mark.kill, pytest.mark.slow]

HERE = "tests.outbox.errands"


def _work(case):
    return case.begin("tests.procedures.nursery.work_until", done=f"{HERE}.none_left")


def _done(case, mark):
    return case.call(f"{HERE}.done", mark=mark).result


def _until(true, timeout=10.0):
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_three_workers_run_each_job_once(case):
    case.call(f"{HERE}.ask", mark="three", count=400)
    pids = [_work(case) for _ in range(3)]
    assert [case.wait(pid).status for pid in pids] == [0, 0, 0]
    assert sorted(_done(case, "three")) == list(range(400))


def test_threads_of_one_worker_run_each_job_once(case):
    case.call(f"{HERE}.ask", mark="threads", count=200)
    assert case.call(f"{HERE}.run_command", threads=3, until_empty=True).status == 0
    assert sorted(_done(case, "threads")) == list(range(200))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_told_to_stop_ends_its_job_and_gives_the_others_back(case, number):
    mark = f"stop-{number}"
    case.call(f"{HERE}.ask", mark=mark, count=3, seconds=0.7)
    pid = case.begin(f"{HERE}.run_command")
    _until(lambda: _done(case, mark) == [0])
    case.signal(pid, number)
    assert case.wait(pid).status == 0
    assert case.call(f"{HERE}.rows").result == [["done", 1, ""], ["pending", 0, ""], ["pending", 0, ""]]


def test_worker_told_twice_leaves_at_once(case):
    case.call(f"{HERE}.ask", mark="twice", count=1, seconds=20)
    pid = case.begin(f"{HERE}.run_command")
    _until(lambda: _done(case, "twice") == [0])
    started = time.monotonic()
    case.signal(pid, signal.SIGTERM)
    time.sleep(0.2)
    case.signal(pid, signal.SIGTERM)
    assert (case.wait(pid).status, time.monotonic() - started < 5) == (128 + signal.SIGTERM, True)


def test_jobs_of_a_killed_worker_run_elsewhere_without_a_try_lost(case):
    case.call(f"{HERE}.ask", mark="warm", count=100)
    case.call(f"{HERE}.ask_for_death")
    case.call(f"{HERE}.ask", mark="killed", count=20)
    workers = 0
    while len(_done(case, "killed")) < 20:
        assert (case.wait(_work(case)).status, workers < 3) == (KILLED, True)
        workers += 1
    assert [row[:2] for row in case.call(f"{HERE}.rows").result[-20:]] == [["done", 1]] * 20


def test_job_behind_a_long_one_runs_in_another_worker(case):
    case.call(f"{HERE}.ask", mark="warm", count=100)
    case.call(f"{HERE}.ask", mark="long", count=1, seconds=6)
    case.call(f"{HERE}.ask", mark="behind", count=10)
    first, second = _work(case), _work(case)
    _until(lambda: len(_done(case, "behind")) == 10, timeout=5)
    assert [case.wait(pid).status for pid in (first, second)] == [0, 0]
    assert sorted(_done(case, "behind")) == list(range(10))


if "postgresql" in settings.DATABASES["default"]["ENGINE"]:  # a file has no connections to cut

    def test_worker_survives_connections_that_are_cut(case):
        case.call(f"{HERE}.ask", mark="cut", count=40, seconds=0.1)
        pid = _work(case)
        for count in (5, 15):
            _until(lambda count=count: len(_done(case, "cut")) >= count)
            case.call(f"{HERE}.cut_every_connection")
        assert case.wait(pid).status == 0
        assert sorted(set(_done(case, "cut"))) == list(range(40))
