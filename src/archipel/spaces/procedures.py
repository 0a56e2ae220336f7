# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recorded steps of spaces: opening, exporting, deleting. Each may be run again after any part of it happened."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures import problems
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations, queries
from archipel.spaces.backup_procedures import drop_copies
from archipel.spaces.models import Export, Space
from archipel.spaces.ports import SpaceSpec
from archipel.spaces.wiring import connector_of

problems.register(
    {
        "no_place": _("Every place of this service is taken: make room, or raise its capacity, then resume."),
        "no_address": _("The address of this space is held by another one."),
        "damaged": _("What is stored is not what was written: a human must look before anything else happens."),
        "not_gone": _("Something is left after the deletion: a human must look."),
        "copies_left": _(
            "A place for back-ups does not let its copies be deleted: see to it, or close it, then resume."
        ),
    }
)


def _space(run: Run, *needed: str) -> Space:
    """Read the space with no more than a step needs: a wave opens a thousand of them."""
    return Space.objects.select_related(*needed).get(public_id=run.about_id)


def _person(run: Run) -> Person | None:
    return Person.objects.filter(public_id=run.context.get("person_id", ""), is_active=True).first()


def reserve_place(run: Run) -> dict[str, Any]:
    space = _space(run, "service")
    left = queries.capacity_left(space.service)
    if left is not None and left < 0:  # the space itself is counted
        raise RefusedOutside("no_place", f"{-left} more spaces of {space.service.slug} than places")
    return {"quota_bytes": space.quota_bytes}


def hold_address(run: Run) -> dict[str, Any]:
    name = queries.address_of(run.about_id)
    if not name:
        raise RefusedOutside("no_address", f"the space {run.about_id} has no address")
    return {"address": name}


def create_site(run: Run) -> dict[str, Any]:
    space = _space(run)
    name = queries.address_of(run.about_id)
    connector = connector_of(space)
    connector.open(
        SpaceSpec(
            space_id=space.public_id,
            address=name,
            title=space.title,
            language=space.language,
            quota=space.quota_bytes,
        )
    )
    return {"version": connector.version()}


def people_may_enter(run: Run) -> dict[str, Any]:
    space, person = _space(run, "organisation"), _person(run)
    if person:
        operations.make_referent(space=space, person=person)
    return {"people": operations.push_people_of(space=space)}


def check_answers(run: Run) -> dict[str, Any]:
    health = connector_of(_space(run)).health(run.about_id)
    if not health.ok:
        raise TryLater(f"the space does not answer as it should: {health.detail}")
    return {"answer": health.detail}


def send_keys(run: Run) -> dict[str, Any]:
    space, person = _space(run), _person(run)
    operations.mark_opened(space=space, request_id=run.context.get("request_id", ""), person=person)
    # Roles given or ended between the two steps found a space that was not open yet.
    known = run.results.get("people_may_enter", {}).get("people")
    return {"people": operations.push_people_if_changed(space=space, known=known)}


define(
    "spaces.open_website",
    title=_("Open this website"),
    steps=[
        StepDefinition("reserve_place", _("The place is reserved"), reserve_place),
        StepDefinition("hold_address", _("The address is yours"), hold_address),
        StepDefinition("create_site", _("The site is installed, with a first page"), create_site),
        StepDefinition("people_may_enter", _("Your members may enter with their account"), people_may_enter),
        StepDefinition("check_answers", _("The site answers at its address"), check_answers),
        StepDefinition("send_keys", _("You receive your keys by e-mail"), send_keys),
    ],
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


def count(run: Run) -> dict[str, Any]:
    """Say what is about to be deleted: a deletion that is cut short and run again would count only the rest."""
    space = _space(run)
    try:
        usage = connector_of(space).usage(space.public_id)
    except RefusedOutside as refused:
        if refused.code == "unknown":  # nothing was ever opened there, or all of it is gone already
            return {"bytes": 0, "files": 0, "kept_bytes": 0, "objects": 0}
        raise
    return {"bytes": usage.bytes, "files": usage.files, "kept_bytes": usage.kept_bytes, "objects": usage.objects}


def delete_all(run: Run) -> dict[str, Any]:
    return {"objects": connector_of(_space(run)).close(run.about_id)}


def check_gone(run: Run) -> dict[str, Any]:
    connector = connector_of(_space(run))
    left = connector.close(run.about_id)
    if connector.health(run.about_id).ok:
        raise RefusedOutside("not_gone", "the space still answers after its deletion")
    return {"objects": left}


def write_proof(run: Run) -> dict[str, Any]:
    counted = dict(run.results["count"])
    deleted = int(run.results["delete_all"].get("objects", 0)) + int(run.results["check_gone"].get("objects", 0))
    # A deletion that was cut short told only what its last run deleted; nothing is left, so all that was counted is gone.
    objects = max(deleted, int(counted.pop("objects", None) or 0))
    space = _space(run)
    operations.mark_deleted(space=space, objects=objects, counted=counted, copies=run.results.get("drop_copies"))
    operations.forget_copies(space=space)
    return {}


define(
    "spaces.delete",
    title=_("Delete this space"),
    steps=[
        StepDefinition("count", _("What will be deleted is counted"), count),
        StepDefinition("delete_all", _("Everything is deleted"), delete_all),
        StepDefinition("check_gone", _("Nothing is left"), check_gone),
        StepDefinition("drop_copies", _("Its back-ups are deleted"), drop_copies),
        StepDefinition("write_proof", _("The proof is written"), write_proof),
    ],
)
