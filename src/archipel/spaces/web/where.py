# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the data of an organisation is, and what it declares of services at other hosts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.host.gate import signed_in
from archipel.identity.models import Person
from archipel.kernel.countries import country_name
from archipel.kernel.refusals import Refusal
from archipel.organisations import access as organisations
from archipel.organisations import operations, tables
from archipel.organisations.models import DeclaredService, Organisation
from archipel.spaces import queries
from archipel.spaces.web.acts import person_of
from archipel.spaces.web.forms import refuse

PAGE_METHODS = ["GET", "HEAD", "POST"]
# Who says where the data is answers for the register: the referent.
DECLARES = "agree"
LAST_PAGE = 1000


class DeclaredForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What it is called"),
        max_length=100,
        help_text=gettext_lazy("Such as “Shop” or “Mailing list of the members”."),
    )
    run_by = forms.CharField(label=gettext_lazy("At which host"), max_length=120)
    purpose = forms.CharField(
        label=gettext_lazy("What you use it for, and for whose data"), max_length=200, required=False
    )
    country = forms.CharField(
        label=gettext_lazy("Country of the data"), max_length=60, required=False,
        help_text=gettext_lazy("Its name or its two letters; empty when you do not know."),
    )  # fmt: skip
    link = forms.URLField(label=gettext_lazy("Link"), max_length=300, required=False, assume_scheme="https")

    @classmethod
    def values_of(cls, service: DeclaredService) -> dict[str, Any]:
        """Return the initial values of the form for a declared service."""
        values = {name: getattr(service, name) for name in cls.base_fields}
        return values | {"country": country_name(service.country) if service.country else ""}


@signed_in
@require_safe
def where(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    organisation = organisations.organisation_of(person, public_id)
    asked = request.GET.get("page", "")
    number = min(int(asked), LAST_PAGE) if asked.isdecimal() and int(asked) else 1
    context = {
        "organisation": organisation,
        "page": queries.where_is_our_data(organisation, page=number),
        "may_declare": organisations.person_may(person, organisation, DECLARES),
    }
    return render(request, "spaces/where.html", context)


@signed_in
@require_safe
def where_csv(request: HttpRequest, public_id: str) -> Any:
    """The same as a table, for the register of processing."""
    organisation = organisations.organisation_of(person_of(request), public_id)
    answer = StreamingHttpResponse(
        tables.written(queries.where_rows(organisation)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="where-{organisation.public_id}.csv"'
    return answer


@signed_in
@require_http_methods(PAGE_METHODS)
def declare(request: HttpRequest, public_id: str) -> HttpResponse:
    """Declare a service at another host."""
    person = person_of(request)
    organisation = _declaring(person, public_id)
    form = DeclaredForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.declare_service(organisation=organisation, by=person, **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _back(request, organisation, _("Declared."))
    return _form(request, organisation, form)


@signed_in
@require_http_methods(PAGE_METHODS)
def declared(request: HttpRequest, public_id: str, service_id: str) -> HttpResponse:
    """Correct, confirm or remove what was declared."""
    person = person_of(request)
    organisation = _declaring(person, public_id)
    service = organisations.declared_in(organisation, service_id)
    form = DeclaredForm(request.POST or None, initial=DeclaredForm.values_of(service))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_declared_service(service=service, changes=form.cleaned_data, by=person)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _back(request, organisation, _("Saved and confirmed."))
    return _form(request, organisation, form, service)


@signed_in
@require_POST
def confirm(request: HttpRequest, public_id: str, service_id: str) -> HttpResponse:
    return _act(
        request, public_id, service_id, operations.confirm_declared_service, gettext_lazy("Confirmed for today.")
    )


@signed_in
@require_POST
def remove(request: HttpRequest, public_id: str, service_id: str) -> HttpResponse:
    return _act(
        request, public_id, service_id, operations.remove_declared_service, gettext_lazy("Taken out of the list.")
    )


def _act(
    request: HttpRequest, public_id: str, service_id: str, act: Callable[..., Any], done: str | Promise
) -> HttpResponse:
    person = person_of(request)
    organisation = _declaring(person, public_id)
    act(service=organisations.declared_in(organisation, service_id), by=person)
    return _back(request, organisation, str(done))


def _declaring(person: Person, public_id: str) -> Organisation:
    organisation = organisations.organisation_of(person, public_id)
    organisations.require(person, organisation, DECLARES)
    return organisation


def _back(request: HttpRequest, organisation: Organisation, done: str) -> HttpResponse:
    messages.success(request, done)
    return redirect("organisation-where", organisation.public_id)


def _form(
    request: HttpRequest, organisation: Organisation, form: DeclaredForm, service: DeclaredService | None = None
) -> HttpResponse:
    context = {
        "organisation": organisation,
        "form": form,
        "line": queries.declared_line(service) if service else None,
    }
    return render(request, "spaces/declared.html", context, status=422 if form.is_bound and form.errors else 200)
