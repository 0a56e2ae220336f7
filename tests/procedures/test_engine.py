# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.procedures import engine, operations
from archipel.procedures.models import Procedure, Step
from tests.procedures import toy

pytestmark = pytest.mark.django_db


def _start(context=None, **changes):
    values = {"kind": toy.KIND, "about_kind": "boat", "about_id": "boat", "title": "Crossing"}
    return operations.start(**(values | changes), context=context or {})


def _step(name):
    return Step.objects.get(name=name)


def test_procedure_runs_its_steps_in_order(boat):
    procedure = _start()
    assert drain() == 1
    procedure.refresh_from_db()
    assert procedure.state == "done"
    assert boat.journal() == [f"{word} {name}" for name in toy.STEPS for word in ("begin", "end")]
    assert list(procedure.steps.values_list("state", "attempts", "token")) == [("done", 1, "")] * 3


def test_step_reads_the_results_of_earlier_ones(boat):
    _start()
    drain()
    assert _step("sail").result == {"mark": "sail of boat", "attempt": 1, "secret_word": "sésame"}


def test_step_without_job_left_takes_few_queries(boat, django_assert_max_num_queries):
    """A wave opens 1,627 spaces: three statements between two steps, and what surrounds the run."""
    _start()
    with django_assert_max_num_queries(45):
        drain()


def test_try_later_waits_and_goes_on(boat, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    procedure = _start({"sail": "once"})
    drain()
    procedure.refresh_from_db()
    sail = _step("sail")
    assert (procedure.state, sail.state, sail.problem_code, sail.problem) == (
        "waiting", "now", "later", "only the first time",
    )  # fmt: skip
    assert sail.next_try_at == clock.now() + timedelta(seconds=5)
    assert list(Job.objects.filter(state="pending").values_list("due_at", flat=True)) == [sail.next_try_at]
    time_machine.move_to(sail.next_try_at, tick=False)
    drain()
    procedure.refresh_from_db()
    assert (procedure.state, _step("sail").attempts, _step("sail").problem) == ("done", 2, "")


def test_pauses_double_up_to_an_hour_then_a_human_is_asked(boat, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    procedure = _start({"anchor": "later"})
    pauses = []
    for _ in range(30):
        drain()
        step = _step("anchor")
        if step.next_try_at is None:
            break
        pauses.append((step.next_try_at - clock.now()).total_seconds())
        time_machine.move_to(step.next_try_at, tick=False)
    procedure.refresh_from_db()
    assert pauses == [min(5 * 2**n, 3600) for n in range(19)]
    assert (procedure.state, step.attempts, step.problem_code) == ("stopped", 20, "later")


def test_outside_may_ask_for_a_longer_pause(boat, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    _start({"anchor": "later 900"})
    drain()
    assert _step("anchor").next_try_at == clock.now() + timedelta(seconds=900)


@pytest.mark.parametrize(
    ("obstacle", "code", "said"),
    [
        ("refused", "taken", "berth 12 is taken"),
        ("refusal", "harbour_closed", "The harbour is closed."),
    ],
)
def test_refusal_stops_at_once(boat, obstacle, code, said):
    procedure = _start({"sail": obstacle})
    drain()
    procedure.refresh_from_db()
    sail = _step("sail")
    assert (procedure.state, sail.problem_code, sail.problem, sail.attempts) == ("stopped", code, said, 1)
    assert Job.objects.filter(state="pending").count() == 0


def test_error_is_tried_five_times_then_stops(boat, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00")
    procedure = _start({"sail": "error"})
    for _ in range(8):
        drain()
        time_machine.shift(timedelta(hours=1))
    procedure.refresh_from_db()
    sail = _step("sail")
    assert (procedure.state, sail.problem_code, sail.errors, sail.attempts) == ("stopped", "error", 5, 5)
    assert len(sail.problem) == 8
    assert boat.journal().count("begin sail") == 5


def test_result_that_json_cannot_hold_is_an_error_of_the_step(boat):
    procedure = _start(kind="toy.bad_result")
    drain()
    procedure.refresh_from_db()
    assert (procedure.state, _step("only").problem_code) == ("waiting", "error")


def test_step_that_left_the_code_stops_in_plain_words(boat):
    procedure = _start()
    Step.objects.filter(name="sail").update(name="swim")
    drain()
    procedure.refresh_from_db()
    assert (procedure.state, _step("swim").problem_code) == ("stopped", "definition_changed")


def test_job_that_comes_too_early_goes_back_to_wait(boat, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    procedure = _start({"anchor": "later 900"})
    drain()
    Job.objects.filter(state="pending").update(due_at=clock.now())
    drain()
    assert boat.journal() == ["begin anchor"]
    assert list(Job.objects.filter(state="pending").values_list("due_at", flat=True)) == [_step("anchor").next_try_at]
    assert engine.key(procedure) == Job.objects.get(state="pending").unique_key


def test_worker_that_lost_its_step_records_nothing(boat):
    procedure = _start()
    slow, quick = engine.Journey(procedure), None
    step = slow._enter()
    quick = engine.Journey(Procedure.objects.get())
    quick.go()
    with pytest.raises(engine.Lost):
        slow._record(step, {"mark": "too late"})
    assert _step("anchor").result["mark"] == "anchor of boat"


def test_interrupted_step_is_run_again_and_counted(boat):
    procedure = _start()
    engine.Journey(procedure)._enter()
    drain()
    anchor = _step("anchor")
    assert (anchor.state, anchor.attempts, anchor.errors) == ("done", 2, 1)


def test_cancelled_during_a_step_keeps_its_result_and_begins_no_other(boat):
    procedure = _start()
    journey = engine.Journey(procedure)
    step = journey._enter()
    operations.cancel(procedure=procedure, by=None)
    assert journey._record(step, {"mark": "done all the same"}) is None
    assert list(Step.objects.values_list("state", flat=True)) == ["done", "todo", "todo"]


def test_job_of_a_finished_or_unknown_procedure_does_nothing(boat):
    procedure = _start()
    drain()
    for public_id in (procedure.public_id, "unknown"):
        engine.advance.func(public_id)
    assert len(boat.journal()) == 6
