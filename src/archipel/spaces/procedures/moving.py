# SPDX-License-Identifier: AGPL-3.0-or-later
"""Move a space to another machine. What it left behind goes only once it answers there; it stays where it was otherwise.

From a lost machine there is nothing to fetch: it is filled from its last copy, and the age of that is said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.models import Machine
from archipel.procedures import problems
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations
from archipel.spaces.procedures.runs import space_of
from archipel.spaces.procedures.upgrading import PATIENCE, failure_of, kept_bytes, what_is_wrong

problems.register(
    {
        "no_copy": _(
            "Its machine is lost, and there is no copy of it: wait for the machine, or open the space empty by hand."
        ),
        "machine_back": _(
            "Its machine is back, with all that was written since the copy: give this up, the space runs there again."
        ),
    }
)


def _is_lost(run: Run) -> bool:
    return bool(run.context.get("lost"))


def _check_still_lost(run: Run) -> None:
    """Until something is put elsewhere, a machine that comes back keeps its spaces: its data is newer than any copy."""
    if _is_lost(run) and Machine.objects.filter(public_id=run.context["from"], lost_at=None).exists():
        raise RefusedOutside("machine_back", "the machine is no longer lost")


def _target(run: Run) -> Machine:
    return Machine.objects.get(public_id=run.results["choose_target"]["to"])


def choose_target(run: Run) -> dict[str, Any]:
    _check_still_lost(run)
    machine = operations.choose_target(space=space_of(run, "machine"), to=str(run.context.get("to", "")))
    return {"to": machine.public_id, "machine": machine.name}


def hold_back(run: Run) -> dict[str, Any]:
    if _is_lost(run):
        return {}
    space = space_of(run, "organisation", "service")
    operations.hold_for_work(space=space, mark=run.procedure_id)
    return {}


def keep_content(run: Run) -> dict[str, Any]:
    space = space_of(run, "organisation", "service")
    if not _is_lost(run):
        return {"bytes": kept_bytes(run)}
    kept = operations.keep_last_copy(space=space, name=run.procedure_id, patient=run.attempt < PATIENCE)
    if kept is None:
        raise RefusedOutside("no_copy", "there is no copy of this space")
    passed_over = {"passed_over": list(kept.passed_over)} if kept.passed_over else {}
    return {"data_of": kept.data_of.isoformat(), **passed_over}


def put_there(run: Run) -> dict[str, Any]:
    """Start it there, empty: nobody is to see it so, or to write in it."""
    _check_still_lost(run)
    space = space_of(run, "client", "machine", "organisation", "service")
    operations.hide_for_work(space=space, mark=run.procedure_id)
    try:
        operations.put_on(space=space, machine=_target(run))
    except RefusedOutside as refused:
        if _is_lost(run):
            raise
        return {"failed": refused.reason}
    return {}


def fill_it(run: Run) -> dict[str, Any]:
    if failure_of(run):
        return {}
    try:
        operations.bring_content_back(space=space_of(run), name=run.procedure_id)
        operations.push_people_of(space=space_of(run, "organisation"))
    except TryLater as late:
        if _is_lost(run) or run.attempt < PATIENCE:
            raise
        return {"failed": late.reason}
    return {}


def look(run: Run) -> dict[str, Any]:
    if failure_of(run):
        return {}
    wrong = what_is_wrong(run, space_of(run).version)
    if wrong and (_is_lost(run) or run.attempt < PATIENCE):
        raise TryLater(wrong)
    return {"failed": wrong} if wrong else {}


def settle(run: Run) -> dict[str, Any]:
    """Write where it lives now; or put it back where it was, where its volumes still are."""
    space = space_of(run, "client", "machine", "organisation", "service")
    if failure := failure_of(run):
        operations.put_on(space=space, machine=None)
        operations.note_move_failed(space=space, reason=failure)
        return {"stays": True}
    found = run.results["keep_content"].get("data_of")
    data_of = datetime.fromisoformat(str(found)) if found else None
    operations.end_move(space=space, machine=_target(run), data_of=data_of)
    return {"upstreams": operations.lead_visitors(space=space)}


def check_answers(run: Run) -> dict[str, Any]:
    if wrong := what_is_wrong(run, space_of(run).version):
        raise TryLater(wrong)
    return {}


def release(run: Run) -> dict[str, Any]:
    operations.release_after_work(space=space_of(run, "organisation"), mark=run.procedure_id)
    return {}


def leave(run: Run) -> dict[str, Any]:
    former = Machine.objects.filter(public_id=run.context.get("from", "")).first()
    dropped = 0
    if former is not None and _is_lost(run):
        # Nothing while it is lost: what is there goes when it is back (``MachineBack``).
        dropped = operations.leave_lost_machine(space=space_of(run), machine=former)
    elif former is not None and not failure_of(run):
        dropped = operations.leave_former_machine(space=space_of(run), machine=former)
    operations.drop_kept(name=run.procedure_id)
    return {"dropped": dropped}


define(
    operations.MOVING,
    title=_("Move this space to another machine"),
    steps=[
        StepDefinition("choose_target", _("The machine is chosen"), choose_target),
        StepDefinition("hold_back", _("Nothing is written meanwhile"), hold_back),
        StepDefinition("keep_content", _("All it holds is kept aside"), keep_content),
        StepDefinition("put_there", _("The application is put there"), put_there),
        StepDefinition("fill_it", _("All it held is there"), fill_it),
        StepDefinition("look", _("It was looked at, page and not only status"), look),
        StepDefinition("settle", _("Its address leads there"), settle),
        StepDefinition("check_answers", _("It answers as it should"), check_answers),
        StepDefinition("release", _("People write in it again"), release),
        StepDefinition("leave", _("What it left behind is gone"), leave),
    ],
)
