# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put a bundle into a space. Nothing is touched before every byte is verified; what was there is exported first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations, unpacking
from archipel.spaces.files import brought_path, unpacked_folder
from archipel.spaces.models import Export, Restoration
from archipel.spaces.procedures.backups import try_to_hold
from archipel.spaces.wiring import connector_of, publishes

# What the application says of a bundle that cannot be its own; the space is as it was.
NOT_FOR_IT = {"bad_input", "quota", "damaged"}


def _restoration(run: Run) -> Restoration:
    rows = Restoration.objects.select_related("space__organisation", "space__service", "asked_by")
    return rows.get(public_id=run.about_id)


def _is_over(run: Run) -> bool:
    return any("refused" in result for result in run.results.values())


def verify(run: Run) -> dict[str, Any]:
    restoration = operations.mark_running(restoration=_restoration(run))
    try:
        return {"files": operations.unpack_bundle(restoration=restoration)}
    except RefusedOutside as refused:
        operations.refuse_restoration(restoration=restoration, code=refused.code, about=refused.about)
        return {"refused": refused.code}
    except OSError as error:
        raise TryLater(f"the bundle cannot be unpacked: {error.strerror}", after=300) from error


def _replaces(restoration: Restoration) -> bool:
    """Return whether something is there that will be replaced; a space that was opened for the bundle holds nothing yet."""
    opened_at = restoration.space.opened_at
    return not (opened_at and opened_at >= restoration.asked_at)


def hold_back(run: Run) -> dict[str, Any]:
    """Let nothing be written between the export of what is there and what is put back."""
    restoration = _restoration(run)
    if _is_over(run) or not _replaces(restoration):
        return {}
    return try_to_hold(run, restoration.space, mark=restoration.public_id)


def keep_what_is_there(run: Run) -> dict[str, Any]:
    """Have an export made of what will be replaced."""
    restoration = _restoration(run)
    space = restoration.space
    if _is_over(run) or not _replaces(restoration):
        return {}
    known = Export.objects.filter(space=space, asked_at__gte=restoration.asked_at).order_by("pk").first()
    export = known or operations.ask_export(space=space, by=restoration.asked_by, fresh=True)
    return {"export": export.public_id}


def wait_for_export(run: Run) -> dict[str, Any]:
    export_id = run.results["keep_what_is_there"].get("export")
    if export_id and not Export.objects.filter(public_id=export_id, ready_at__isnull=False).exists():
        raise TryLater("the export of what is there is being made")
    return {}


def put_back(run: Run) -> dict[str, Any]:
    if _is_over(run):
        return {}
    restoration = _restoration(run)
    folder = unpacked_folder(restoration.public_id)
    if not folder.exists():
        operations.unpack_bundle(restoration=restoration)
    try:
        connector_of(restoration.space).restore(restoration.space.public_id, folder)
        # The bundle brought the people and the hold of another day.
        operations.push_people_of(space=restoration.space)
        operations.push_effect_of(space_id=restoration.space.public_id)
    except RefusedOutside as refused:
        if refused.code not in NOT_FOR_IT:
            raise
        operations.refuse_restoration(restoration=restoration, code=refused.code, about=refused.about)
        return {"refused": refused.code}
    return {}


def link_people(run: Run) -> dict[str, Any]:
    restoration = _restoration(run)
    if _is_over(run) or not restoration.with_people:
        return {}
    with brought_path(restoration.public_id).open("rb") as archive:
        people = unpacking.read_manifest(archive).people
    return dict(operations.link_people(restoration=restoration, people=people))


def release(run: Run) -> dict[str, Any]:
    restoration = _restoration(run)
    operations.release_after_work(space=restoration.space, mark=restoration.public_id)
    return {}


def finish(run: Run) -> dict[str, Any]:
    restoration = _restoration(run)
    if _is_over(run):
        return {}
    if publishes(restoration.space):
        operations.adopt_versions(space=restoration.space)
    operations.measure_usage(space=restoration.space)
    operations.finish_restoration(restoration=restoration, people=dict(run.results["link_people"]))
    return {}


define(
    operations.BRINGING_BACK,
    title=_("Put an export back"),
    steps=[
        StepDefinition("verify", _("The export is whole, every file checked"), verify),
        StepDefinition("hold_back", _("Nothing is written meanwhile"), hold_back),
        StepDefinition("keep_what_is_there", _("An export of what is there is asked"), keep_what_is_there),
        StepDefinition("wait_for_export", _("What is there can be fetched"), wait_for_export),
        StepDefinition("put_back", _("The content is put in place"), put_back),
        StepDefinition("link_people", _("Its people are let in or invited"), link_people),
        StepDefinition("release", _("People write in it again"), release),
        StepDefinition("finish", _("Everything is there"), finish),
    ],
)
