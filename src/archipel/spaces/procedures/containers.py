# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open a space in containers. Its last steps and those of a website are the same."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from archipel.kernel.outside import TryLater
from archipel.procedures import problems
from archipel.procedures.definitions import Run, StepDefinition, define
from archipel.spaces import operations
from archipel.spaces.procedures.opening import (
    check_answers,
    hold_address,
    people_may_enter,
    reserve_place,
    send_keys,
)
from archipel.spaces.procedures.runs import space_of
from archipel.spaces.wiring import containers_of

problems.register(
    {
        "no_room": _("No machine has room for this space: add one, or make room, then resume."),
        "no_engine": _("No container engine is set: look at the operators’ document on the engine, then resume."),
        "no_image": _("The image of this application is not on the machine: have it built there, then resume."),
        "not_ours": _("Something of the same name runs there, and Archipel did not make it: a human must look."),
    }
)


def choose_machine(run: Run) -> dict[str, Any]:
    machine = operations.place_space(space=space_of(run))
    return {"machine": machine.name if machine else ""}


def make_secrets(run: Run) -> dict[str, Any]:
    return {"version": operations.make_secrets(space=space_of(run))}


def register_client(run: Run) -> dict[str, Any]:
    return {"client": operations.register_client_of(space=space_of(run, "organisation", "service", "client"))}


def create(run: Run) -> dict[str, Any]:
    return {"version": operations.put_space(space=space_of(run, "client", "machine"))}


def route(run: Run) -> dict[str, Any]:
    return {"upstreams": operations.lead_visitors(space=space_of(run))}


def wait_until_up(run: Run) -> dict[str, Any]:
    """Wait for the containers before people are told to the application: it knows nobody while it starts."""
    seen = containers_of(space_of(run)).running(run.about_id)
    if seen is None or seen.missing:
        said = "; ".join(f"{name}: {words}" for name, words in seen.missing.items()) if seen else "nothing runs"
        raise TryLater(f"the containers are not up: {said}")
    return {"machines": len(seen.machines)}


define(
    operations.OPENING_CONTAINER,
    title=_("Open this space"),
    steps=[
        StepDefinition("reserve_place", _("The place is reserved"), reserve_place),
        StepDefinition("hold_address", _("The address is yours"), hold_address),
        StepDefinition("choose_machine", _("The machine is chosen"), choose_machine),
        StepDefinition("make_secrets", _("Its keys are made"), make_secrets),
        StepDefinition("register_client", _("It knows where people sign in"), register_client),
        StepDefinition("create", _("The application is put in place"), create),
        StepDefinition("wait_until_up", _("The application runs"), wait_until_up),
        StepDefinition("people_may_enter", _("Your members may enter with their account"), people_may_enter),
        StepDefinition("route", _("The address leads to it"), route),
        StepDefinition("check_answers", _("It answers as it should"), check_answers),
        StepDefinition("send_keys", _("You receive your keys by e-mail"), send_keys),
    ],
)
