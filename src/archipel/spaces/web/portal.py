# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of a space for its people: what it is, where its opening stands, taking it away, closing it."""

from __future__ import annotations

import json
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from archipel.catalogue.queries import service_name
from archipel.host.gate import signed_in
from archipel.kernel.refusals import Refusal
from archipel.procedures import queries as procedures
from archipel.spaces import access, operations, queries, reports
from archipel.spaces.files import bundle_name, open_bundle
from archipel.spaces.models import Space
from archipel.spaces.web.acts import perform, person_of
from archipel.spaces.web.domains import domains_box
from archipel.spaces.web.forms import CloseForm, OwnHoldForm, ZipForm, refuse


@signed_in
@require_GET
def space(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id)
    if found.state == "opening" and found.connector:
        return redirect("space-opening", public_id=public_id)
    return show_space(request, found)


def show_space(request: HttpRequest, found: Space, *, status: int = 200, **forms: object) -> HttpResponse:
    """Draw the page of a space, with the forms that came back."""
    context = {
        "view": queries.site_view(found, person_of(request)),
        "space": found,
        "safety": queries.safety_of(found) if found.state != "deleted" else None,
        "service": service_name(found.service),
        "zip_form": ZipForm(),
        "hold_form": OwnHoldForm(),
        "domains": domains_box(found),
        "confirm_url": reverse("space-confirm-deletion", args=[found.public_id]),
        "cancel_url": reverse("space-cancel-closing", args=[found.public_id]),
        **forms,
    }
    return render(request, "spaces/space.html", context, status=status)


@signed_in
@require_GET
def opening(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.space_of(person_of(request), public_id)
    procedure = queries.opening_of(found)
    if procedure is None:
        return redirect("space", public_id=public_id)
    address = found.address.name if hasattr(found, "address") else ""
    context = {
        "space": found,
        "procedure": procedure,
        "progress": procedures.progress(procedure),
        "address": address,
        "address_url": queries.address_url(address) if address else "",
    }
    return render(request, "spaces/opening.html", context)


@signed_in
@require_POST
def hold(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_to_hold(person, public_id, "own_wish")
    form = OwnHoldForm(request.POST)
    if form.is_valid():
        try:
            operations.place_hold(space=found, kind="own_wish", by=person, **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("space", public_id=public_id)
    return show_space(request, found, status=422, hold_form=form)


@signed_in
@require_POST
def lift_hold(request: HttpRequest, public_id: str, hold_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.hold_of(person, public_id, hold_id)
    return perform(
        request,
        lambda: operations.lift_hold(hold=found, by=person),
        done=_("This hold is lifted."),
        back=reverse("space", args=[public_id]),
    )


@signed_in
@require_POST
def ask_export(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "export")
    return perform(
        request,
        lambda: operations.ask_export(space=found, by=person),
        done=_("The export is being made. We write to you as soon as it can be fetched."),
        back=reverse("space", args=[public_id]),
    )


@signed_in
@require_GET
def fetch_export(request: HttpRequest, public_id: str, export_id: str) -> Any:
    export = access.fetchable_export_of(person_of(request), public_id, export_id)
    return FileResponse(
        open_bundle(export), as_attachment=True, filename=bundle_name(export), content_type="application/zip"
    )


@signed_in
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "close")
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.close_space(space=found, by=person, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("space", public_id=public_id)
    context = {"space": found, "form": form, "delay_days": queries.deletion_delay_days()}
    return render(request, "spaces/close.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def cancel_closing(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "close")
    return perform(
        request,
        lambda: operations.cancel_closing(space=found, by=person),
        done=_("The closing is cancelled: your space stays."),
        back=reverse("space", args=[public_id]),
    )


@signed_in
@require_POST
def confirm_deletion(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_to_delete(person, public_id)
    return perform(
        request,
        lambda: operations.confirm_deletion(space=found, by=person),
        done=_("Your confirmation is recorded."),
        back=reverse("space", args=[public_id]),
    )


@signed_in
@require_GET
def proof(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.space_of(person_of(request), public_id)
    body = json.dumps(queries.proof_of(found), ensure_ascii=False, indent=2)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="deletion-{public_id}.json"'
    return answer


@signed_in
@require_GET
def statement(request: HttpRequest, public_id: str, report_id: str) -> HttpResponse:
    report = access.statement_of(person_of(request), public_id, report_id)
    context = {
        "report": report,
        "space": report.space,
        "category": reports.CATEGORIES[report.category],
        "decision": reports.DECISIONS[report.decision],
        "ground_kind": reports.GROUNDS.get(report.ground_kind, ""),
    }
    return render(request, "spaces/statement.html", context)
