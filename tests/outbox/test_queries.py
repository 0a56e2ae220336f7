# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel import clock
from archipel.kernel.refusals import NotFound
from archipel.outbox import queries
from archipel.outbox.labels import label
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from tests.outbox import samples

pytestmark = pytest.mark.django_db


def test_dead_job_is_a_line_of_today():
    label(samples.be_refused.module_path, "Ask for a berth")
    samples.be_refused.enqueue()
    drain()
    (line,) = queries.today_lines()
    job = Job.objects.get()
    assert (line.title, line.url, line.verb, line.tone, line.since) == (
        "Ask for a berth",
        f"/desk/jobs/{job.pk}/",
        "operate",
        "stop",
        job.finished_at,
    )


def test_job_without_words_is_named_after_its_code():
    samples.come_back_later.enqueue()
    Job.objects.update(state="dead", problem="later", finished_at=clock.now())
    (line,) = queries.today_lines()
    assert line.title == "Tâche de fond «\u202fcome back later\u202f»"


def test_today_holds_no_line_for_what_waits_or_is_done():
    samples.note.enqueue("a")
    samples.come_back_later.enqueue()
    drain()
    assert queries.today_lines() == []


def test_today_lines_are_oldest_first(time_machine):
    for day in (3, 1, 2):
        time_machine.move_to(f"2026-03-0{day} 12:00:00+00:00")
        samples.be_refused.enqueue()
        drain()
    assert [line.since.day for line in queries.today_lines()] == [1, 2, 3]


@pytest.mark.parametrize("rows", [1, 3])
def test_today_lines_take_one_query(rows, django_assert_num_queries):
    for _ in range(rows):
        samples.be_refused.enqueue()
    drain()
    with django_assert_num_queries(1):
        assert len(queries.today_lines()) == rows


def test_job_page_of_an_unknown_id_is_not_found():
    with pytest.raises(NotFound):
        queries.job_page(404)
