# SPDX-License-Identifier: AGPL-3.0-or-later
"""The spaces of one machine, at the desk: moved together when it is to be emptied; when it is lost, a human decides whether
they are opened elsewhere from their last copy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from archipel.host.gate import desk
from archipel.spaces import access, operations, queries
from archipel.spaces.web.acts import perform, person_of


@desk("operate")
@require_safe
def machine(request: HttpRequest, machine_id: str) -> HttpResponse:
    found = access.machine_of(person_of(request), machine_id)
    return render(request, "spaces/desk_machine_spaces.html", {"view": queries.machine_spaces_view(found)})


@desk("operate")
@require_POST
def move_all(request: HttpRequest, machine_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.machine_of(person, machine_id)
    return perform(
        request,
        lambda: operations.move_spaces_of(machine_id=found.public_id, by=person),
        done=_("They are being moved, a few at a time: this page says how it goes."),
        back=reverse("desk-machine-spaces", args=[machine_id]),
    )


@desk("operate")
@require_POST
def reopen_all(request: HttpRequest, machine_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.machine_of(person, machine_id)
    return perform(
        request,
        lambda: operations.reopen_spaces_of(machine_id=found.public_id, by=person),
        done=_("They are being opened elsewhere: this page says how it goes."),
        back=reverse("desk-machine-spaces", args=[machine_id]),
    )


@desk("operate")
@require_POST
def reopen(request: HttpRequest, machine_id: str, space_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.machine_of(person, machine_id)
    space = access.space_of(person, space_id)
    return perform(
        request,
        lambda: operations.reopen_elsewhere(space=space, by=person),
        done=_("It is being opened elsewhere: this page says how it goes."),
        back=reverse("desk-machine-spaces", args=[found.public_id]),
    )
