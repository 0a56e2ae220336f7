# SPDX-License-Identifier: AGPL-3.0-or-later
"""The applications that people sign in to, at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.identity import operations, queries
from archipel.identity.models import Client
from archipel.identity.provider import discovery
from archipel.identity.web.application_forms import ApplicationForm, NewApplicationForm, refuse
from archipel.kernel.refusals import Refusal

AT_ONCE = 20
METHODS = ["GET", "HEAD", "POST"]


@desk("settings")
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.clients_by_name(), AT_ONCE).get_page(request.GET.get("page"))
    return render(request, "identity/desk_applications.html", {"page_obj": page})


@desk("settings")
@require_http_methods(METHODS)
@never_cache
def new_application(request: HttpRequest) -> HttpResponse:
    """Register an application; its secret is on the answer to the form, and nowhere else."""
    form = NewApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client, secret = operations.register_client(by=_person(request), **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _show(request, client, secret=secret, registered=True)
    return render(request, "identity/desk_new_application.html", {"form": form}, status=422 if form.errors else 200)


@desk("settings")
@require_http_methods(METHODS)
def application(request: HttpRequest, public_id: str) -> HttpResponse:
    found = queries.client_by_public_id(public_id)
    form = ApplicationForm(request.POST or None, initial=ApplicationForm.values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_client(client=found, changes=form.cleaned_data, by=_person(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-application", public_id=public_id)
    return _show(request, found, form=form)


@desk("settings")
@require_POST
@never_cache
def renew_secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make another secret; it is on this answer, and nowhere else."""
    found = queries.client_by_public_id(public_id)
    try:
        secret = operations.renew_client_secret(client=found, by=_person(request))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("desk-application", public_id=public_id)
    return _show(request, found, secret=secret)


@desk("settings")
@require_POST
def close_application(request: HttpRequest, public_id: str) -> HttpResponse:
    operations.close_client(client=queries.client_by_public_id(public_id), by=_person(request))
    messages.success(request, _("The application is closed: nobody enters it with their account here any more."))
    return redirect("desk-application", public_id=public_id)


def _person(request: HttpRequest) -> Any:
    return request.user


def _show(
    request: HttpRequest, client: Client, *, form: Any = None, secret: str = "", registered: bool = False
) -> HttpResponse:
    context = {
        "client": client,
        "form": form or ApplicationForm(initial=ApplicationForm.values_of(client)),
        "secret": secret,
        "registered": registered,
        "people": queries.people_who_enter(client),
        "remaining": queries.remaining_minutes(client),
        "discovery": discovery.address("openid-configuration"),
        "past": history.of_object("client", client.public_id, limit=8).lines,
    }
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "identity/desk_application.html", context, status=status)
