# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from archipel.kernel import clock
from archipel.outbox import claims, operations
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from tests.outbox import samples
from tests.outbox.test_facts import ARRIVED

pytestmark = pytest.mark.django_db


def test_announce_writes_one_row_per_handler(seen):
    operations.announce(ARRIVED)
    rows = Job.objects.order_by("pk").values_list("kind", "name", "state")
    module = "tests.outbox.samples"
    assert list(rows) == [
        ("fact", f"{module}.ring_the_bell", "pending"),
        ("fact", f"{module}.count_the_crew", "pending"),
    ]
    drain()
    assert seen == [("bell", ARRIVED), ("crew", 2)]


def test_announce_without_listener_writes_nothing():
    operations.announce(samples.NobodyListens(word="hello"))
    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_announce_outside_a_transaction_is_refused():
    with pytest.raises(operations.NotInTransaction):
        operations.announce(ARRIVED)
    assert Job.objects.count() == 0


def test_announce_vanishes_with_the_change_it_tells_of():
    class Regret(Exception):
        pass

    with pytest.raises(Regret), transaction.atomic():
        operations.announce(ARRIVED)
        raise Regret
    assert Job.objects.count() == 0


def test_enqueue_once_keeps_one_waiting_row(seen):
    for word in ("first", "second"):
        operations.enqueue_once(task=samples.note, key="k", args=[word])
    assert Job.objects.count() == 1
    drain()
    assert seen == ["first"]


def test_enqueue_once_keeps_the_earlier_date():
    soon, late = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=5)
    operations.enqueue_once(task=samples.note, key="k", args=["a"], run_after=late)
    operations.enqueue_once(task=samples.note, key="k", args=["a"], run_after=soon)
    operations.enqueue_once(task=samples.note, key="k", args=["a"], run_after=late)
    assert list(Job.objects.values_list("due_at", flat=True)) == [soon]


def test_enqueue_once_while_running_runs_once_more(seen):
    operations.enqueue_once(task=samples.note, key="k", args=["a"])
    (held,) = claims.claim(5)
    operations.enqueue_once(task=samples.note, key="k", args=["a"])
    operations.enqueue_once(task=samples.note, key="k", args=["a"])
    claims.settle(held, claims.Outcome())
    assert (drain(), seen) == (1, ["a"])
    assert list(Job.objects.values_list("state", "again")) == [("done", False)]


def test_enqueue_once_while_running_waits_for_its_date():
    later = clock.now() + timedelta(hours=2)
    operations.enqueue_once(task=samples.note, key="k", args=["a"])
    (held,) = claims.claim(5)
    operations.enqueue_once(task=samples.note, key="k", args=["a"], run_after=later)
    claims.settle(held, claims.Outcome())
    assert list(Job.objects.values_list("state", "due_at", "attempts")) == [("pending", later, 0)]


def test_enqueue_once_after_the_end_writes_a_new_row(seen):
    for _ in range(2):
        operations.enqueue_once(task=samples.note, key="k", args=["a"])
        drain()
    assert seen == ["a", "a"]


def test_try_again_gives_eight_new_tries(seen):
    job = _dead_job()
    operations.try_again(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("pending", 0)


def test_try_again_steps_aside_for_a_newer_row_of_the_same_key():
    job = _dead_job(key="k")
    operations.enqueue_once(task=samples.sink, key="k")
    operations.try_again(job_id=job.pk)
    assert sorted(Job.objects.values_list("state", flat=True)) == ["aside", "pending"]


def test_set_aside_leaves_the_job_undelivered(seen):
    job = _dead_job()
    operations.set_aside(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, drain()) == ("aside", 0)


@pytest.mark.parametrize("act", [operations.try_again, operations.set_aside])
def test_second_person_reads_that_it_is_settled(act):
    job = _dead_job()
    operations.set_aside(job_id=job.pk)
    with pytest.raises(operations.JobNotDead):
        act(job_id=job.pk)


def test_purge_deletes_what_was_done_more_than_seven_days_ago(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00")
    samples.note.enqueue("old")
    drain()
    dead = _dead_job()
    time_machine.move_to("2026-03-05 12:00:00+00:00")
    samples.note.enqueue("recent")
    drain()
    time_machine.move_to("2026-03-08 12:00:01+00:00")
    assert operations.purge_done() == 1
    assert sorted(Job.objects.values_list("state", flat=True)) == ["dead", "done"]
    assert Job.objects.filter(pk=dead.pk).exists()


def _dead_job(key=None):
    now = clock.now()
    name = samples.sink.module_path
    payload = {"args": [], "kwargs": {}}
    return Job.objects.create(
        kind="task",
        name=name,
        payload=payload,
        unique_key=key,
        due_at=now,
        created_at=now,
        finished_at=now,
        attempts=8,
        state="dead",
        problem="error",
        last_error="Traceback: a hole",
    )
