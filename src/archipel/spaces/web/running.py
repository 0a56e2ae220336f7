# SPDX-License-Identifier: AGPL-3.0-or-later
"""What runs for spaces in containers, at the desk: versions and upgrades, machines and moves, drifts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from archipel.catalogue.queries import service_by_slug
from archipel.host.gate import desk
from archipel.spaces import access, drifts, operations, queries
from archipel.spaces.web.acts import perform, person_of
from archipel.spaces.web.forms import MoveForm, UpgradeForm


@desk("operate")
@require_GET
def running(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.container_of(person_of(request), public_id)
    view = queries.running_view(found)
    context = {
        "space": found,
        "view": view,
        "upgrade_form": UpgradeForm(versions=view.newer),
        "move_form": MoveForm(machines=view.machines),
    }
    return render(request, "spaces/running.html", context)


@desk("operate")
@require_POST
def upgrade(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.container_of(person, public_id)
    wanted = request.POST.get("version", "")[:40]
    return perform(
        request,
        lambda: operations.ask_upgrade(space=found, by=person, to_version=wanted),
        done=_("The upgrade has begun: this page says how it goes."),
        back=reverse("desk-space-running", args=[public_id]),
    )


@desk("operate")
@require_POST
def note_return(request: HttpRequest, public_id: str, upgrade_id: str) -> HttpResponse:
    person = person_of(request)
    row = access.upgrade_of(person, public_id, upgrade_id)
    return perform(
        request,
        lambda: operations.note_return_seen(upgrade=row, by=person),
        done=_("Noted: the line leaves Today."),
        back=reverse("desk-space-running", args=[public_id]),
    )


@desk("operate")
@require_POST
def move(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.container_of(person, public_id)
    wanted = access.machine_to_move_to(request.POST.get("machine", ""))
    return perform(
        request,
        lambda: operations.ask_move(space=found, by=person, to=wanted),
        done=_("The move has begun: this page says how it goes."),
        back=reverse("desk-space-running", args=[public_id]),
    )


@desk("operate")
@require_POST
def compare(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.container_of(person, public_id)
    return perform(
        request,
        lambda: operations.ask_comparison(space=found, by=person),
        done=_("The worker is looking: come back in a moment."),
        back=reverse("desk-space-running", args=[public_id]),
    )


@desk("operate")
@require_GET
def drift(request: HttpRequest, public_id: str) -> HttpResponse:
    row = access.drift_of(person_of(request), public_id)
    context = {
        "space": row.space,
        "drift": row,
        "sides": drifts.sides_of(row),
        "adoptable": drifts.can_adopt(row),
    }
    return render(request, "spaces/drift.html", context)


@desk("operate")
@require_POST
def repair(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    row = access.drift_of(person, public_id)
    return perform(
        request,
        lambda: operations.repair_space(drift=row, by=person),
        done=_("It is being put right: the line leaves Today when it is done."),
        back=reverse("desk-space-running", args=[public_id]),
    )


@desk("operate")
@require_POST
def adopt(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    row = access.drift_of(person, public_id)
    return perform(
        request,
        lambda: operations.adopt_space(drift=row, by=person),
        done=_("It is now the same here."),
        back=reverse("desk-space-running", args=[public_id]),
    )


@desk("operate")
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    return render(request, "spaces/versions.html", {"services": queries.services_by_version()})


@desk("operate")
@require_POST
def upgrade_all(request: HttpRequest, slug: str) -> HttpResponse:
    person = person_of(request)
    service = service_by_slug(slug)
    typed = request.POST.get("at_once", "")
    at_once = int(typed) if typed.isdecimal() and len(typed) < 3 else 2
    return perform(
        request,
        lambda: operations.upgrade_all(service=service, by=person, at_once=at_once),
        done=_("The upgrades have begun; they stop at the first that returns."),
        back=reverse("desk-space-versions"),
    )


@desk("operate")
@require_POST
def stop_round(request: HttpRequest, round_id: str) -> HttpResponse:
    person = person_of(request)
    row = access.round_of(round_id)
    return perform(
        request,
        lambda: operations.stop_round(round=row, by=person),
        done=_("No other upgrade begins; those that run end."),
        back=reverse("desk-space-versions"),
    )
