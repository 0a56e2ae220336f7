# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which applications an organisation enters: read by its people, settled by its referent, given by the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archipel.host.gate import desk, signed_in
from archipel.identity import queries as identity
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import access, applications, operations
from archipel.organisations.models import Membership, Organisation
from archipel.organisations.web.access_forms import GiveForm, PersonalForm, RolesForm


@signed_in
@require_GET
def of_organisation(request: HttpRequest, public_id: str) -> HttpResponse:
    """The applications an organisation enters, and by which of its roles."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    context = {
        "organisation": organisation,
        "lines": applications.applications_of(organisation),
        "may_change": access.person_may(me, organisation, "invite"),
    }
    return render(request, "organisations/applications.html", context)


@signed_in
def application(request: HttpRequest, public_id: str, access_id: str) -> HttpResponse:
    """Who enters one application, with which role; which roles do, for those who may say so."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    found = access.access_in(organisation, access_id)
    form = RolesForm(request.POST or None, access=found)
    if request.method == "POST":
        access.require(me, organisation, "invite")
        if form.is_valid():
            try:
                operations.change_access(access=found, roles=form.chosen(), by=me)
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, _("Who enters %(name)s is saved.") % {"name": found.client.name})
                return redirect("organisation-application", organisation.public_id, access_id)
    context = {
        "organisation": organisation,
        "access": found,
        "form": form,
        "page": applications.entrants(found, request.GET.get("page", 1)),
        "words": applications.words_by_role(found),
        "stay": applications.stay_in(found.client),
        "may_change": access.person_may(me, organisation, "invite"),
        "may_remove": access.person_may(me, organisation, "remove"),
    }
    return render(request, "organisations/application.html", context)


@signed_in
@require_POST
def personal(request: HttpRequest, public_id: str, person_id: str, access_id: str) -> HttpResponse:
    """Say what one person enters one application with."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "remove")
    found = access.access_in(organisation, access_id)
    person = _person_in(organisation, person_id)
    form = PersonalForm(request.POST, access=found)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles that the application knows."))
        return redirect("organisation-member", organisation.public_id, person_id)
    try:
        operations.change_personal_access(access=found, person=person, role=form.chosen(), by=me)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        values = {"name": person.name, "application": found.client.name}
        messages.success(request, _("What %(name)s enters %(application)s with is saved.") % values)
    return redirect("organisation-member", organisation.public_id, person_id)


def _person_in(organisation: Organisation, person_id: str) -> Any:
    rows = Membership.objects.select_related("person").filter(organisation=organisation, ended_at=None)
    role = rows.filter(person__public_id=person_id).first()
    if role is None:
        raise NotFound
    return role.person


@desk("decide")
def for_desk(request: HttpRequest, public_id: str) -> HttpResponse:
    """The applications of an organisation as the host gives and takes them back."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    lines = applications.applications_of(organisation)
    text = request.GET.get("q", "").strip()
    held = {line.access.client_id for line in lines}
    clients = [client for client in identity.search_clients(text) if client.pk not in held]
    form = GiveForm(request.POST or None, clients=clients, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        client = identity.open_client(form.cleaned_data["client"])
        if client is None:
            raise NotFound
        try:
            operations.open_application(organisation=organisation, client=client, known_roles=form.words(), by=me)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            values = {"name": client.name, "organisation": organisation.name}
            messages.success(request, _("%(organisation)s enters %(name)s from now on.") % values)
            return redirect("desk-organisation-applications", organisation.public_id)
    context = {"organisation": organisation, "lines": lines, "form": form, "text": text, "clients": clients}
    return render(request, "organisations/desk_applications.html", context)


@desk("decide")
@require_POST
def take_back(request: HttpRequest, public_id: str, access_id: str) -> HttpResponse:
    """Take an application back from an organisation."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    found = access.access_in(organisation, access_id)
    operations.close_access(access=found, by=me)
    values = {"name": found.client.name, "organisation": organisation.name}
    messages.success(request, _("%(organisation)s no longer enters %(name)s.") % values)
    if stay := applications.stay_in(found.client):
        messages.warning(request, applications.stay_in_words([(found.client.name, stay)]))
    return redirect("desk-organisation-applications", organisation.public_id)
