# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recorded steps of spaces: opening, exporting, deleting. Each may be run again after any part of it happened."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures import problems
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations
from archipel.spaces.models import Closing, Export
from archipel.spaces.procedures import backups, bringing_back, containers, moving, opening, upgrading
from archipel.spaces.procedures.runs import space_of
from archipel.spaces.wiring import connector_of

__all__ = ["backups", "bringing_back", "containers", "moving", "opening", "upgrading"]

problems.register(
    {
        "damaged": _("What is stored is not what was written: a human must look before anything else happens."),
        "not_gone": _("Something is left after the deletion: a human must look."),
        "copies_left": _(
            "A place for back-ups does not let its copies be deleted: see to it, or close it, then resume."
        ),
    }
)


def _export(run: Run) -> Export:
    rows = Export.objects.select_related("space", "space__organisation", "space__service")
    return rows.get(public_id=run.about_id)


def gather(run: Run) -> dict[str, Any]:
    return {"files": operations.gather_export(export=_export(run))}


def pack(run: Run) -> dict[str, Any]:
    size, sha256 = operations.pack_export(export=_export(run))
    return {"bytes": size, "sha256": sha256}


def hand_over(run: Run) -> dict[str, Any]:
    packed = run.results["pack"]
    operations.hand_over_export(export=_export(run), size=packed["bytes"], sha256=packed["sha256"])
    return {}


define(
    "spaces.export",
    title=_("Export this space"),
    steps=[
        StepDefinition("gather", _("Everything is gathered"), gather),
        StepDefinition("pack", _("The files are packed, with their checksums"), pack),
        StepDefinition("hand_over", _("The export can be fetched"), hand_over),
    ],
)


NOTHING_COUNTED = {"bytes": 0, "files": 0, "kept_bytes": 0, "objects": 0}
# What no longer answers is deleted all the same: its proof says that nothing could be counted.
COUNTING_TRIES = 4


def count(run: Run) -> dict[str, Any]:
    """Say what is about to be deleted: a deletion that is cut short and run again would count only the rest."""
    space = space_of(run)
    if not Closing.objects.filter(space=space, cancelled_at=None).exists():
        return NOTHING_COUNTED  # an opening that was given up: nobody ever put anything there
    try:
        usage = connector_of(space).usage(space.public_id)
    except RefusedOutside as refused:
        if refused.code == "unknown":  # nothing was ever opened there, or all of it is gone already
            return NOTHING_COUNTED
        raise
    except TryLater:
        if run.attempt < COUNTING_TRIES:
            raise
        return dict.fromkeys(NOTHING_COUNTED)
    return {"bytes": usage.bytes, "files": usage.files, "kept_bytes": usage.kept_bytes, "objects": usage.objects}


def delete_all(run: Run) -> dict[str, Any]:
    space = space_of(run)
    operations.wait_for_machine(space=space)
    return {"objects": connector_of(space).close(run.about_id)}


def check_gone(run: Run) -> dict[str, Any]:
    space = space_of(run)
    operations.wait_for_machine(space=space)
    connector = connector_of(space)
    left = connector.close(run.about_id)
    if connector.health(run.about_id).ok:
        raise RefusedOutside("not_gone", "the space still answers after its deletion")
    return {"objects": left}


def write_proof(run: Run) -> dict[str, Any]:
    counted = dict(run.results["count"])
    deleted = int(run.results["delete_all"].get("objects", 0)) + int(run.results["check_gone"].get("objects", 0))
    # A deletion that was cut short told only what its last run deleted; nothing is left, so all that was counted is gone.
    objects = max(deleted, int(counted.pop("objects", None) or 0))
    space = space_of(run)
    operations.mark_deleted(space=space, objects=objects, counted=counted, copies=run.results.get("drop_copies"))
    operations.forget_copies(space=space)
    return {}


define(
    "spaces.delete",
    title=_("Delete this space"),
    # Two persons decided, and nobody enters any more: given up, what is left would stay for ever without a proof.
    to_the_end=True,
    steps=[
        StepDefinition("count", _("What will be deleted is counted"), count),
        StepDefinition("delete_all", _("Everything is deleted"), delete_all),
        StepDefinition("check_gone", _("Nothing is left"), check_gone),
        StepDefinition("drop_copies", _("Its back-ups are deleted"), backups.drop_copies),
        StepDefinition("write_proof", _("The proof is written"), write_proof),
    ],
)
