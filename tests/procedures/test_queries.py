# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel.refusals import NotFound
from archipel.outbox.worker import drain
from archipel.procedures import operations, problems, queries
from archipel.procedures.models import Procedure
from tests.procedures import toy

pytestmark = pytest.mark.django_db


def _start(about_id="boat", **context):
    return operations.start(kind=toy.KIND, about_kind="boat", about_id=about_id, title="Crossing", context=context)


def _progress(procedure):
    procedure.refresh_from_db()
    return queries.progress(procedure)


def test_progress_counts_and_names_the_steps(boat):
    procedure = _start(sail="refused")
    where = _progress(procedure)
    assert (where.state, where.done, where.total, where.now, where.thousandths) == ("running", 0, 3, "", 0)
    drain()
    where = _progress(procedure)
    assert (where.state, where.done, where.now, where.thousandths) == ("stopped", 1, "Step sail", 333)
    assert [(step.label, step.state) for step in where.steps] == [
        ("Step anchor", "done"),
        ("Step sail", "stopped"),
        ("Step land", "todo"),
    ]


def test_progress_at_the_end(boat):
    procedure = _start()
    drain()
    where = _progress(procedure)
    assert (where.finished, where.done, where.now, where.problem, where.thousandths) == (True, 3, "", "", 1000)


def test_problem_reads_in_plain_words(boat):
    procedure = _start(sail="refused")
    drain()
    step = _progress(procedure).steps[1]
    assert (step.problem, step.said) == (problems.plain("taken", ""), "berth 12 is taken")


def test_problem_of_a_code_nobody_knows_reads_as_it_came(boat):
    procedure = _start(sail="refusal")
    drain()
    assert _progress(procedure).problem == "The harbour is closed."


def test_secrets_of_results_are_hidden(boat):
    procedure = _start()
    drain()
    assert dict(_progress(procedure).steps[0].result) == {
        "mark": "anchor of boat",
        "attempt": "1",
        "secret_word": "•••",
    }


def test_waiting_step_says_when_it_is_tried_again(boat):
    procedure = _start(sail="later")
    drain()
    where = _progress(procedure)
    assert (where.state, where.retry_at == where.steps[1].next_try_at, where.retry_at is None) == (
        "waiting", True, False,
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_stopped_procedures_are_lines_of_today(boat, count, django_assert_num_queries):
    started = [_start(about_id=f"boat-{number}", anchor="refused") for number in range(count)]
    _start("fine")
    drain()
    with django_assert_num_queries(2):
        lines = queries.today_lines()
    assert [line.url for line in lines] == [f"/desk/procedures/{procedure.public_id}/" for procedure in started]
    assert {(line.verb, line.tone, line.title) for line in lines} == {("operate", "stop", "Crossing")}


def test_latest_procedure_of_an_object(boat):
    first = _start()
    drain()
    second = _start()
    assert queries.of("boat", "boat") == second != first
    assert (queries.of("boat", "none"), queries.of("boat", "boat", kind="toy.other")) == (None, None)


def test_procedure_is_found_by_its_public_id():
    procedure = _start()
    assert queries.by_public_id(procedure.public_id) == procedure
    with pytest.raises(NotFound):
        queries.by_public_id("unknown")


def test_progress_takes_one_query(boat, django_assert_num_queries):
    _start()
    drain()
    procedure = Procedure.objects.get()
    with django_assert_num_queries(1):
        queries.progress(procedure)
