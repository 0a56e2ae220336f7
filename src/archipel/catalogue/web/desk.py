# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalogue at the desk: the list, what a service is, its state, who looks after it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.catalogue import operations, queries, states
from archipel.catalogue.models import Service
from archipel.catalogue.web.fields import refuse
from archipel.catalogue.web.forms import MaintainersForm, NewServiceForm, ServiceForm
from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.identity.models import Person
from archipel.kernel.refusals import Refusal

PAGE_METHODS = ["GET", "HEAD", "POST"]


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in; only for pages that ``desk`` guards."""
    assert isinstance(request.user, Person)
    return request.user


@desk("catalogue")
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    return render(request, "catalogue/desk_catalogue.html", {"lines": queries.desk_lines()})


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def new_service(request: HttpRequest) -> HttpResponse:
    form = NewServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        language = (get_language() or "fr").split("-")[0]
        try:
            made = operations.create_service(
                slug=typed["slug"], access=typed["access"], software=typed["software"], by=person_of(request),
                texts={language: {"name": typed["name"]}},
            )  # fmt: skip
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("desk-service", slug=made.slug)
    return render(request, "catalogue/desk_new_service.html", {"form": form}, status=_status(form))


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def service(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.service_by_slug(slug)
    form = ServiceForm(request.POST or None, initial=ServiceForm.values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_service(service=found, changes=form.cleaned_data, by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-service", slug=slug)
    return _show(request, found, form=form)


@desk("catalogue")
@require_POST
def change_state(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.service_by_slug(slug)
    to = request.POST.get("to", "")
    if to not in states.LABELS:
        return redirect("desk-service", slug=slug)
    try:
        operations.change_service_state(service=found, to=to, by=person_of(request))
    except Refusal as refusal:
        return _show(request, found, problem=str(refusal), status=refusal.status)
    messages.success(request, _("The service is now: %(state)s.") % {"state": states.LABELS[to]})
    return redirect("desk-service", slug=slug)


@desk("catalogue")
@require_POST
def maintainers(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.service_by_slug(slug)
    form = MaintainersForm(request.POST, service=found)
    if form.is_valid():
        try:
            operations.set_maintainers(service=found, persons=form.chosen(), by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-service", slug=slug)
    return _show(request, found, people=form)


def _show(
    request: HttpRequest, found: Service, *, form: Any = None, people: Any = None, problem: str = "", status: int = 0
) -> HttpResponse:
    form = form or ServiceForm(initial=ServiceForm.values_of(found))
    looking_after = [row.person.public_id for row in found.maintainers.select_related("person")]
    people = people or MaintainersForm(service=found, initial={"persons": looking_after})
    context = {
        "service": found,
        "name": queries.service_name(found),
        "state": states.LABELS[found.state],
        "tone": states.TONES[found.state],
        "allowed": states.allows(found.state),
        "moves": [(to, states.LABELS[to]) for to in states.LABELS if states.Service.allows(found.state, to)],
        "form": form,
        "people": people,
        "problem": problem,
        "past": history.of_object("service", found.slug, limit=8).lines,
    }
    return render(request, "catalogue/desk_service.html", context, status=status or _status(form, people))


def _status(*forms: Any) -> int:
    return 422 if any(form.is_bound and form.errors for form in forms) else 200
