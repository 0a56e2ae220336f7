# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put a space to a newer version: kept first, looked at after; the former version and its data come back by themselves.

A step that fails says so in its result (``failed``), and the steps that follow bring the former version back.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures import problems
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations
from archipel.spaces.models import Upgrade
from archipel.spaces.procedures.runs import space_of
from archipel.spaces.wiring import connector_of, containers_of

problems.register(
    {
        "not_kept": _(
            "What the space holds cannot be kept aside: nothing was changed. Give up, or resume once it answers."
        ),
    }
)
# With the pauses of procedures (5 s, doubled each time) about five minutes: long enough for a large database to turn over.
PATIENCE = 7


def _upgrade(run: Run) -> Upgrade:
    return Upgrade.objects.get(public_id=run.context["upgrade_id"])


def failure_of(run: Run) -> str:
    """Return what the steps so far said of their failure; nothing when none failed."""
    return next((str(result["failed"]) for result in run.results.values() if "failed" in result), "")


def hold_back(run: Run) -> dict[str, Any]:
    space = space_of(run, "organisation", "service")
    operations.hold_for_work(space=space, mark=run.context["upgrade_id"])
    return {}


def keep_content(run: Run) -> dict[str, Any]:
    return {"bytes": kept_bytes(run)}


def kept_bytes(run: Run) -> int:
    """Keep aside all that a space holds; a human looks when that fails for long, for nobody can write there meanwhile."""
    try:
        return operations.keep_content(space=space_of(run), name=run.procedure_id)
    except TryLater as late:
        if run.attempt < PATIENCE:
            raise
        raise RefusedOutside("not_kept", late.reason) from late


def put_new(run: Run) -> dict[str, Any]:
    space = space_of(run, "client", "machine")
    try:
        operations.put_version(space=space, version=_upgrade(run).to_version)
    except RefusedOutside as refused:
        return {"failed": refused.reason}
    except TryLater as late:
        if run.attempt < PATIENCE:
            raise
        return {"failed": late.reason}
    return {}


def look(run: Run) -> dict[str, Any]:
    """Look whether the new version runs and answers: the body, not only the status."""
    if failure_of(run):
        return {}
    wrong = what_is_wrong(run, _upgrade(run).to_version)
    if wrong and run.attempt < PATIENCE:
        raise TryLater(wrong)
    return {"failed": wrong} if wrong else {}


def what_is_wrong(run: Run, version: str) -> str:
    """Return in one English sentence why a space does not answer in a version; nothing when it does."""
    space = space_of(run)
    try:
        seen = containers_of(space).running(space.public_id)
        health = connector_of(space).health(space.public_id)
    except (TryLater, RefusedOutside) as error:
        return error.reason
    if seen is None:
        return "nothing runs"
    if seen.missing:
        return "; ".join(f"{name}: {said}" for name, said in seen.missing.items())
    if seen.version != version:
        return f"version {seen.version} runs instead of {version}"
    return "" if health.ok else health.detail or "it does not answer as it should"


def go_back(run: Run) -> dict[str, Any]:
    if failure_of(run):
        operations.put_former(space=space_of(run, "client", "machine"))
    return {}


def bring_back(run: Run) -> dict[str, Any]:
    if failure_of(run):
        operations.bring_content_back(space=space_of(run), name=run.procedure_id)
        operations.push_people_of(space=space_of(run, "organisation"))
    return {}


def check_answers(run: Run) -> dict[str, Any]:
    version = _upgrade(run).from_version if failure_of(run) else _upgrade(run).to_version
    if wrong := what_is_wrong(run, version):
        raise TryLater(wrong)
    return {"version": version}


def release(run: Run) -> dict[str, Any]:
    operations.end_upgrade(upgrade=_upgrade(run), failure=failure_of(run))
    operations.release_after_work(space=space_of(run, "organisation"), mark=run.context["upgrade_id"])
    operations.drop_kept(name=run.procedure_id)
    return {}


define(
    operations.UPGRADING,
    title=_("Upgrade this space"),
    steps=[
        StepDefinition("hold_back", _("Nothing is written meanwhile"), hold_back),
        StepDefinition("keep_content", _("All it holds is kept aside"), keep_content),
        StepDefinition("put_new", _("The new version is put in place"), put_new),
        StepDefinition("look", _("It was looked at, page and not only status"), look),
        StepDefinition("go_back", _("The former version is back, if the new one does not answer"), go_back),
        StepDefinition("bring_back", _("And so is all it held"), bring_back),
        StepDefinition("check_answers", _("It answers as it should"), check_answers),
        StepDefinition("release", _("People write in it again"), release),
    ],
)
