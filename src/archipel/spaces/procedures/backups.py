# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recorded steps of drills and of restoring from a back-up; each may be run again after any part of it happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations
from archipel.spaces.models import Backup, Drill, Space
from archipel.spaces.operations.drilling import DrillFailed
from archipel.spaces.wiring import connector_of

# A place or an application that stays silent so often is a result too: about half an hour of tries.
PATIENCE = 9
# Waiting for what is there now, before it is written over.
PATIENCE_FOR_PRESENT = 3


def _drill(run: Run) -> Drill:
    rows = Drill.objects.select_related("backup__space__organisation", "backup__space__service", "backup__place")
    return rows.get(public_id=run.about_id)


def _tried(run: Run, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do a part of a drill, unless one before it failed; a failure is a result, not an error."""
    if any(result.get("problem") for result in run.results.values()):
        return {}
    try:
        return work()
    except DrillFailed as failed:
        return {"problem": str(failed)}
    except TryLater as late:
        if run.attempt < PATIENCE:
            raise
        return {"problem": late.reason}


def bring_back(run: Run) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        operations.bring_back(drill=_drill(run))
        return {}

    return _tried(run, work)


def compare(run: Run) -> dict[str, Any]:
    return _tried(run, lambda: {"files": operations.compare(drill=_drill(run))})


def try_out(run: Run) -> dict[str, Any]:
    return _tried(run, lambda: {"detail": operations.try_out(drill=_drill(run)), "opened": True})


def clear_away(run: Run) -> dict[str, Any]:
    return {"objects": operations.clear_away(drill=_drill(run))}


def write_result(run: Run) -> dict[str, Any]:
    problem = next((result["problem"] for result in run.results.values() if result.get("problem")), "")
    tried = run.results.get("try_out", {})
    drill = operations.finish_drill(
        drill=_drill(run),
        problem=problem,
        files=int(run.results.get("compare", {}).get("files", 0)),
        detail=str(tried.get("detail", "")),
        opened=bool(tried.get("opened")),
    )
    return {"ok": drill.ok, "seconds": drill.seconds}


define(
    "spaces.drill",
    title=_("Try a back-up"),
    steps=[
        StepDefinition("bring_back", _("The copy is brought back"), bring_back),
        StepDefinition("compare", _("Every file is compared with its checksum"), compare),
        StepDefinition("try_out", _("A scratch space is filled from it and looked at"), try_out),
        StepDefinition("clear_away", _("The scratch space is deleted"), clear_away),
        StepDefinition("write_result", _("The result is written down"), write_result),
    ],
)


def _space(run: Run) -> Space:
    return Space.objects.select_related("organisation", "service").get(public_id=run.about_id)


def _backup(run: Run) -> Backup:
    rows = Backup.objects.select_related("space", "place")
    return rows.get(public_id=run.context["backup_id"])


def hold_back(run: Run) -> dict[str, Any]:
    """Let nothing be written between the copy of what is there and what is put back; nobody writes where nothing answers."""
    return try_to_hold(run, _space(run), mark=run.procedure_id)


def try_to_hold(run: Run, space: Space, *, mark: str) -> dict[str, Any]:
    try:
        operations.hold_for_work(space=space, mark=mark)
    except TryLater as late:
        if run.attempt < PATIENCE_FOR_PRESENT:
            raise
        return {"why": late.reason}
    except RefusedOutside as refused:
        return {"why": refused.reason}
    return {}


def keep_present(run: Run) -> dict[str, Any]:
    patient = run.attempt < PATIENCE_FOR_PRESENT
    return operations.keep_present(space=_space(run), backup=_backup(run), patient=patient)


def fetch_copy(run: Run) -> dict[str, Any]:
    return {"files": operations.fetch_copy(backup=_backup(run))}


def put_back(run: Run) -> dict[str, Any]:
    operations.put_back(space=_space(run), backup=_backup(run))
    return {}


def look_at_it(run: Run) -> dict[str, Any]:
    health = connector_of(_space(run)).health(run.about_id)
    if not health.ok:
        raise TryLater(f"the space does not answer as it should: {health.detail}")
    return {"answer": health.detail}


def release(run: Run) -> dict[str, Any]:
    operations.release_after_work(space=_space(run), mark=run.procedure_id)
    return {}


def say_so(run: Run) -> dict[str, Any]:
    asked_at = datetime.fromisoformat(run.context["asked_at"])
    operations.mark_restored(space=_space(run), backup=_backup(run), asked_at=asked_at)
    return {}


define(
    "spaces.restore_backup",
    title=_("Restore this space from a back-up"),
    steps=[
        StepDefinition("hold_back", _("Nothing is written meanwhile"), hold_back),
        StepDefinition("keep_present", _("What is there now is copied, if it can be"), keep_present),
        StepDefinition("fetch_copy", _("The copy is brought back and compared with its checksums"), fetch_copy),
        StepDefinition("put_back", _("The space is filled from it"), put_back),
        StepDefinition("look_at_it", _("The space answers as it should"), look_at_it),
        StepDefinition("release", _("People write in it again"), release),
        StepDefinition("say_so", _("It is written down"), say_so),
    ],
)


def drop_copies(run: Run) -> dict[str, Any]:
    """A step of a deletion: its copies go with it, or the proof says where some are left and why."""
    try:
        return operations.drop_copies(space=_space(run))
    except RefusedOutside as refused:
        raise RefusedOutside("copies_left", f"{refused.code}: {refused.reason}") from refused
