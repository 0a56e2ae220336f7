# SPDX-License-Identifier: AGPL-3.0-or-later
"""Machines and the places where they stand, for who operates the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.identity.models import Person
from archipel.kernel.refusals import NotFound, Refusal
from archipel.machines import access, operations, queries
from archipel.machines.models import Machine
from archipel.machines.web.forms import SiteForm, UnseenMachineForm, form_for, refuse

PAGE_METHODS = ["GET", "HEAD", "POST"]


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in; only for pages that ``desk`` guards."""
    assert isinstance(request.user, Person)
    return request.user


@desk("operate")
@require_safe
def machines(request: HttpRequest) -> HttpResponse:
    return render(request, "machines/desk_machines.html", {"page": queries.desk_machines()})


@desk("operate")
@require_http_methods(PAGE_METHODS)
def new_site(request: HttpRequest) -> HttpResponse:
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.declare_site(**form.cleaned_data, by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _saved(request)
    return render(request, "machines/desk_site.html", {"form": form, "site": None}, status=_status(form))


@desk("operate")
@require_http_methods(PAGE_METHODS)
def site(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.site_of(person_of(request), public_id)
    form = SiteForm(request.POST or None, initial=SiteForm.values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_site(site=found, changes=form.cleaned_data, by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _saved(request)
    context = {"form": form, "site": found, "past": history.of_object("site", found.public_id, limit=8).lines}
    return render(request, "machines/desk_site.html", context, status=_status(form))


@desk("operate")
@require_http_methods(PAGE_METHODS)
def new_machine(request: HttpRequest) -> HttpResponse:
    form = UnseenMachineForm(request.POST or None, initial={"ownership": "ours"})
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.declare_machine(**form.given(), by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-machine", public_id=made.public_id)
    return render(request, "machines/desk_new_machine.html", {"form": form}, status=_status(form))


@desk("operate")
@require_http_methods(PAGE_METHODS)
def machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a machine carries and what is known of it; the form changes what humans say."""
    found = access.machine_of(person_of(request), public_id)
    kind = form_for(found)
    form = kind(request.POST or None, initial=kind.values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_machine(machine=found, changes=form.given(), by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-machine", public_id=public_id)
    context = {
        "machine": found,
        "view": queries.machine_view(found),
        "engine": queries.engine_view(),
        "form": form,
        "past": history.of_object("machine", found.public_id, limit=12).lines,
    }
    return render(request, "machines/desk_machine.html", context, status=_status(form))


@dataclass(frozen=True)
class Act:
    """Something done to a machine after a page that says what follows."""

    run: Callable[[Machine, Person], Any]
    done: str | Promise


ACTS = {
    "drain": Act(
        lambda found, by: operations.drain_machine(machine=found, by=by),
        gettext_lazy("This machine takes nothing more."),
    ),
    "drain-at-once": Act(
        lambda found, by: operations.drain_machine(machine=found, by=by, at_once=True),
        gettext_lazy("This machine is being emptied."),
    ),
    "return": Act(
        lambda found, by: operations.return_machine(machine=found, by=by),
        gettext_lazy("This machine is back in service."),
    ),
    "retire": Act(
        lambda found, by: operations.retire_machine(machine=found, by=by),
        gettext_lazy("This machine is retired."),
    ),
}


@desk("operate")
@require_http_methods(PAGE_METHODS)
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Say what follows, then do it on POST."""
    found = access.machine_of(person_of(request), public_id)
    if act not in ACTS:
        raise NotFound
    problem, status = "", 200
    if request.method == "POST":
        try:
            ACTS[act].run(found, person_of(request))
        except Refusal as refusal:
            problem, status = str(refusal), refusal.status
        else:
            messages.success(request, str(ACTS[act].done))
            return redirect("desk-machine", public_id=public_id)
    context = {"machine": found, "view": queries.machine_view(found), "act": act, "problem": problem}
    return render(request, "machines/desk_machine_act.html", context, status=status)


def _saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("desk-machines")


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
