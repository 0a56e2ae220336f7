# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import transaction

from archipel.history import queries as history
from archipel.history.models import Entry
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.procedures import operations
from archipel.procedures.models import Procedure, Step
from tests.procedures import toy

pytestmark = pytest.mark.django_db


def _start(about_id="boat", **changes):
    values = {"kind": toy.KIND, "about_kind": "boat", "about_id": about_id, "title": "Crossing"}
    return operations.start(**(values | changes))


def test_start_records_the_steps_and_one_job():
    procedure = _start(context={"a": "b"}, organisation_id="port", started_by="ana-id")
    assert (procedure.state, procedure.context, len(procedure.public_id)) == ("running", {"a": "b"}, 14)
    assert list(procedure.steps.values_list("position", "name", "state")) == [
        (1, "anchor", "todo"),
        (2, "sail", "todo"),
        (3, "land", "todo"),
    ]
    assert list(Job.objects.values_list("unique_key", flat=True)) == [f"procedure:{procedure.public_id}"]


def test_start_again_while_unfinished_returns_the_same():
    assert _start().pk == _start(title="Another title").pk
    assert (Procedure.objects.count(), Step.objects.count(), Job.objects.count()) == (1, 3, 1)


def test_start_again_after_the_end_is_a_new_run():
    first = _start()
    drain()
    assert _start().pk != first.pk


def test_start_for_another_object_is_another_run():
    assert _start("one").pk != _start("two").pk


def test_start_of_an_unknown_kind_is_a_bug():
    with pytest.raises(ValueError, match=r"toy\.unknown"):
        _start(kind="toy.unknown")


def test_start_vanishes_with_the_change_it_follows():
    class Regret(Exception):
        pass

    with pytest.raises(Regret), transaction.atomic():
        _start()
        raise Regret
    assert (Procedure.objects.count(), Job.objects.count()) == (0, 0)


def test_resume_gives_the_step_all_its_tries_again(boat):
    procedure = _start(context={"sail": "refused"})
    drain()
    Procedure.objects.update(context={})
    procedure.refresh_from_db()
    operations.resume(procedure=procedure, by=None)
    assert list(procedure.steps.values_list("state", "attempts", "problem")) == [
        ("done", 1, ""),
        ("todo", 0, ""),
        ("todo", 0, ""),
    ]
    drain()
    procedure.refresh_from_db()
    assert procedure.state == "done"
    assert boat.journal() == [
        "begin anchor", "end anchor", "begin sail", "begin sail", "end sail", "begin land", "end land",
    ]  # fmt: skip


def test_resume_of_a_waiting_one_tries_now(boat):
    procedure = _start(context={"sail": "later 3000"})
    assert (drain(), drain()) == (1, 0)
    Procedure.objects.update(context={})
    operations.resume(procedure=procedure, by=None)
    drain()
    procedure.refresh_from_db()
    assert procedure.state == "done"


@pytest.mark.parametrize("ended", ["running", "done", "cancelled"])
def test_resume_of_what_is_not_stopped_is_refused(boat, ended):
    procedure = _start()
    if ended == "done":
        drain()
    if ended == "cancelled":
        operations.cancel(procedure=procedure, by=None)
    with pytest.raises(operations.CannotResume):
        operations.resume(procedure=procedure, by=None)


@pytest.mark.parametrize("obstacle", ["", "later", "refused"])
def test_cancel_ends_what_is_unfinished(boat, obstacle):
    procedure = _start(context={"sail": obstacle})
    if obstacle:
        drain()
    cancelled = operations.cancel(procedure=procedure, by=None)
    assert (cancelled.state, cancelled.finished_at is None) == ("cancelled", False)
    before = boat.journal()
    drain()
    assert boat.journal() == before


def test_cancel_of_what_is_finished_is_refused(boat):
    procedure = _start()
    drain()
    with pytest.raises(operations.AlreadyFinished):
        operations.cancel(procedure=procedure, by=None)


def test_what_humans_do_is_history_of_the_host(boat):
    procedure = _start(context={"sail": "refused"}, organisation_id="port")
    drain()
    operations.resume(procedure=procedure, by=None)
    operations.cancel(procedure=procedure, by=None)
    whats = Entry.objects.order_by("pk").values_list("what", flat=True)
    assert list(whats) == ["procedure.stopped", "procedure.resumed", "procedure.cancelled"]
    assert history.of_organisation("port").lines == ()


def test_forgotten_procedure_gets_a_job_again():
    forgotten, _other = _start("one"), _start("two")
    Job.objects.filter(unique_key__endswith=forgotten.public_id).delete()
    assert (operations.wake_forgotten(), operations.wake_forgotten()) == (1, 0)
    drain()
    assert set(Procedure.objects.values_list("state", flat=True)) == {"done"}
