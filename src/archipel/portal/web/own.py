# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from archipel.admissions import queries as admissions
from archipel.catalogue import queries as catalogue
from archipel.host.gate import signed_in
from archipel.identity import queries as identity
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.organisations import access as organisation_access
from archipel.organisations import applications
from archipel.organisations import queries as organisations
from archipel.portal import held, launcher, operations, queries
from archipel.spaces import queries as spaces


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    context = {
        "expected": queries.expected_of(person),
        "groups": launcher.tiles_of(person),
        "open_links": catalogue.open_links(),
        "roles": organisations.roles_of(person),
        "requests": admissions.of_person(person),
    }
    return render(request, "portal/home.html", context)


@signed_in
def organisation(request: HttpRequest, public_id: str) -> HttpResponse:
    person: Any = request.user
    found = organisation_access.organisation_of(person, public_id)
    context = {
        "organisation": found,
        "may_invite": organisation_access.person_may(person, found, "invite"),
        "may_see_history": organisation_access.person_may(person, found, "see_history"),
        "people": organisations.people_of(found),
        "spaces": spaces.of_organisation(found),
        "applications": applications.applications_of(found),
        "entered": {entry.client_id for entry in identity.entries_of(person)},
    }
    return render(request, "portal/organisation.html", context)


class ForgetForm(forms.Form):
    typed = forms.CharField(label=_("Your e-mail address"), max_length=254)


@signed_in
def my_data(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    form = ForgetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = operations.forget_me(person=person, typed=form.cleaned_data["typed"])
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            logout(request)
            return render(request, "portal/forgotten.html", {"kept": kept})
    return render(request, "portal/my_data.html", {"form": form, "email": person.email})


@signed_in
def my_data_file(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    body = json.dumps(held.export(person), ensure_ascii=False, indent=2, default=str)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="archipel-{clock.today():%Y-%m-%d}.json"'
    return answer
