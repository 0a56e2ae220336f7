# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError

from archipel.kernel import clock
from archipel.outbox import claims
from archipel.outbox.models import Job
from archipel.outbox.worker import drain, patiently
from tests.outbox import samples

pytestmark = pytest.mark.django_db


def test_task_runs_with_its_arguments(seen):
    samples.note.enqueue("ab", times=2)
    assert (drain(), seen) == (1, ["abab"])
    job = Job.objects.get()
    assert (job.state, job.attempts, job.token, job.lease_until) == ("done", 1, "", None)


def test_higher_priority_runs_first(seen):
    samples.note.enqueue("ordinary")
    samples.note.using(priority=-5).enqueue("last")
    samples.note_first.enqueue("first")
    drain()
    assert seen == ["first", "ordinary", "last"]


def test_deferred_task_waits_for_the_clock(seen, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00")
    samples.note.using(run_after=clock.now() + timedelta(hours=1)).enqueue("later")
    assert (drain(), seen) == (0, [])
    time_machine.move_to("2026-03-01 13:00:01+00:00")
    assert (drain(), seen) == (1, ["later"])


def test_try_later_waits_with_back_off(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    samples.come_back_later.enqueue()
    pauses = []
    for _ in range(3):
        drain()
        job = Job.objects.get()
        pauses.append((job.due_at - clock.now()).total_seconds())
        time_machine.move_to(job.due_at, tick=False)
    assert [2 <= pauses[0] <= 2.2, 4 <= pauses[1] <= 4.4, 8 <= pauses[2] <= 8.8] == [True, True, True]
    assert (job.problem, job.last_error) == ("later", "the harbour master is asleep")


def test_try_later_waits_at_least_what_the_outside_asks(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    samples.come_back_later.enqueue(after=600)
    drain()
    assert (Job.objects.get().due_at - clock.now()).total_seconds() == 600


def test_pause_never_exceeds_an_hour():
    assert 3600 <= claims.pause_before(30) <= 3960


def test_eight_tries_make_a_dead_job(seen, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00")
    samples.come_back_later.enqueue()
    for _ in range(12):
        drain()
        time_machine.shift(timedelta(hours=2))
    job = Job.objects.get()
    assert (len(seen), job.state, job.attempts, job.problem) == (8, "dead", 8, "later")


def test_refused_outside_is_dead_at_once():
    samples.be_refused.enqueue()
    drain()
    job = Job.objects.get()
    assert (job.state, job.attempts, job.problem) == ("dead", 1, "refused")
    assert job.last_error == "forbidden: no boat of this length"


def test_error_is_recorded_and_raised_by_drain():
    samples.sink.enqueue()
    with pytest.raises(ZeroDivisionError):
        drain()
    job = Job.objects.get()
    assert (job.state, job.problem, job.last_error.splitlines()[-1]) == (
        "pending",
        "error",
        "ZeroDivisionError: a hole in the hull",
    )


def test_error_of_one_job_leaves_the_others_alone(seen):
    samples.note.enqueue("before")
    samples.sink.enqueue()
    samples.note.enqueue("after")
    assert drain(raise_errors=False) == 3
    assert seen == ["before", "after"]
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "done", "pending"]


def test_handler_runs_outside_a_transaction_of_its_own(seen, django_capture_on_commit_callbacks):
    from django.db import connection

    samples.note_ordinary_transactions.enqueue()
    drain()
    assert seen == [len(connection.savepoint_ids)]


def test_row_that_names_something_else_does_not_run(seen):
    now = clock.now()
    for kind, payload in (
        ("task", {"args": [], "kwargs": {}}),
        ("fact", {"fact": "samples.BoatLeft", "version": 2, "values": {"boat": "x"}}),
    ):
        Job.objects.create(
            kind=kind, name="tests.outbox.samples.not_a_task", payload=payload, due_at=now, created_at=now
        )
    drain(raise_errors=False)
    assert (seen, list(Job.objects.values_list("problem", flat=True))) == ([], ["error", "error"])


def test_log_names_the_job_and_nobody(caplog):
    samples.note.enqueue("alice@trois-ponts.example")
    with caplog.at_level("DEBUG", logger="archipel.worker"):
        drain()
    (line,) = [record.getMessage() for record in caplog.records if record.name == "archipel.worker"]
    assert line.startswith(f"job {Job.objects.get().pk} tests.outbox.samples.note done in ")
    assert "alice" not in line


@pytest.mark.django_db(transaction=True)
def test_write_waits_for_a_database_that_does_not_answer(settings):
    settings.OUTBOX_LEASE = 0.2
    tries = iter([OperationalError, OperationalError, None])

    def write():
        trouble = next(tries)
        if trouble:
            raise trouble
        return "written"

    assert patiently(write) == "written"


@pytest.mark.django_db(transaction=True)
def test_write_gives_up_after_a_lease(settings):
    settings.OUTBOX_LEASE = 0.1

    def write():
        raise OperationalError

    with pytest.raises(OperationalError):
        patiently(write)
