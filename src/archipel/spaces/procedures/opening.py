# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open a website, and the steps that every opening shares."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures import problems
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations, queries
from archipel.spaces.procedures.runs import person_of, space_of
from archipel.spaces.specs import spec_of
from archipel.spaces.wiring import connector_of

problems.register(
    {
        "no_place": _("Every place of this service is taken: make room, or raise its capacity, then resume."),
        "no_address": _("The address of this space is held by another one."),
    }
)


def reserve_place(run: Run) -> dict[str, Any]:
    space = space_of(run, "service")
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
    space = space_of(run)
    connector = connector_of(space)
    connector.open(spec_of(space))
    return {"version": connector.version()}


def people_may_enter(run: Run) -> dict[str, Any]:
    space, person = space_of(run, "organisation"), person_of(run)
    if person:
        operations.make_referent(space=space, person=person)
    return {"people": operations.push_people_of(space=space)}


def check_answers(run: Run) -> dict[str, Any]:
    health = connector_of(space_of(run)).health(run.about_id)
    if not health.ok:
        raise TryLater(f"the space does not answer as it should: {health.detail}")
    return {"answer": health.detail}


def send_keys(run: Run) -> dict[str, Any]:
    space, person = space_of(run), person_of(run)
    operations.mark_opened(space=space, request_id=run.context.get("request_id", ""), person=person)
    operations.begin_waiting(space_id=space.public_id)
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
