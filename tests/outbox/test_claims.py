# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import time

import pytest

from archipel.outbox import claims
from archipel.outbox.claims import Outcome
from archipel.outbox.models import Job
from tests.outbox import samples

pytestmark = pytest.mark.django_db


@pytest.fixture
def short_lease(settings):
    settings.OUTBOX_LEASE, settings.OUTBOX_HEARTBEAT = 0.05, 0.01
    return 0.08


def test_claimed_row_is_not_claimed_again():
    samples.note.enqueue("a")
    assert (len(claims.claim(5)), len(claims.claim(5)), claims.anything_due()) == (1, 0, False)


def test_claim_counts_only_the_row_that_begins():
    for word in "abc":
        samples.note.enqueue(word)
    first, second, _third = claims.claim(5)
    assert list(Job.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0, 0]
    claims.settle(first, Outcome(), second)
    assert list(Job.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 1, 0]


def test_rows_given_back_can_be_claimed_without_a_try_lost():
    for word in "ab":
        samples.note.enqueue(word)
    _first, second = claims.claim(5)
    claims.give_back([second])
    (again,) = claims.claim(5)
    assert (again.id, again.attempts) == (second.id, 0)


def test_lapsed_lease_is_called_before_it_is_taken_over(short_lease):
    samples.note.enqueue("a")
    claims.claim(1)
    time.sleep(short_lease)
    assert claims.take_over_silent() == 0
    job = Job.objects.get()
    assert (job.silent, job.token != "") == (True, True)


def test_holder_that_answers_keeps_its_row(short_lease):
    samples.note.enqueue("a")
    (held,) = claims.claim(1)
    time.sleep(short_lease)
    claims.take_over_silent()
    claims.prolong({held.token})
    job = Job.objects.get()
    assert (job.silent, job.token) == (False, held.token)


def test_silent_holder_loses_its_row(short_lease):
    _taken_over(short_lease)
    (again,) = claims.claim(1)
    assert again.attempts == 1


def test_holder_that_lost_its_row_changes_nothing(short_lease):
    held = _taken_over(short_lease)
    (again,) = claims.claim(1)
    claims.settle(held, Outcome("refused", "too late"))
    claims.prolong({held.token})
    assert Job.objects.get().state == "pending"
    claims.settle(again, Outcome())
    assert Job.objects.get().state == "done"


def test_following_row_that_was_taken_over_does_not_begin(short_lease):
    samples.note.enqueue("a")
    samples.note.enqueue("b")
    first, second = claims.claim(2)
    _let_both_lapses(short_lease)
    claims.claim(5)
    assert claims.settle(first, Outcome(), second) is False
    assert claims.begin(second) is False


def test_worker_that_dies_eight_times_makes_a_dead_job(short_lease):
    samples.note.enqueue("a")
    Job.objects.update(attempts=7)
    claims.claim(1)
    _let_both_lapses(short_lease)
    job = Job.objects.get()
    assert (job.state, job.problem, job.attempts, job.finished_at is None) == ("dead", "ended", 8, False)


def test_lease_is_counted_by_the_clock_of_the_database(short_lease, time_machine):
    time_machine.move_to("2020-01-01 12:00:00+00:00")
    samples.note.enqueue("a")
    claims.claim(1)
    assert Job.objects.get().lease_until.year > 2020


def _taken_over(short_lease):
    samples.note.enqueue("a")
    (held,) = claims.claim(1)
    _let_both_lapses(short_lease)
    return held


def _let_both_lapses(short_lease):
    time.sleep(short_lease)
    claims.take_over_silent()
    time.sleep(claims.answer_time() + 0.03)
    assert claims.take_over_silent() >= 1
    time.sleep(0.03)  # what was begun waits a heartbeat more
