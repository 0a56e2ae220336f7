# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spaces and notices at the desk."""

from __future__ import annotations

import csv
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from archipel.catalogue.queries import service_name
from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.kernel.refusals import Refusal
from archipel.procedures import queries as procedures
from archipel.spaces import access, operations, queries, reports, states
from archipel.spaces.models import Space
from archipel.spaces.web.acts import perform, person_of
from archipel.spaces.web.domains import domains_box
from archipel.spaces.web.forms import CloseForm, DecisionForm, HoldForm, QuotaForm, refuse


@desk("see_organisations")
@require_GET
def spaces(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "")[:100] for name in ("search", "state", "before")}
    page = queries.desk_spaces(**asked)
    filters = [("", _("All")), *states.STATE_WORDS.items(), ("held", pgettext_lazy("space", "Held back"))]
    return render(
        request,
        "spaces/desk_spaces.html",
        {"page": page, "asked": asked, "filters": filters, "may_open": access.may_operate(person_of(request))},
    )


class _Echo:
    def write(self, line: str) -> str:
        return line


@desk("see_organisations")
@require_GET
def spaces_csv(_request: HttpRequest) -> Any:
    """Every space, as a table for spreadsheets."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow(row) for row in queries.rows_for_csv())
    # A byte order mark: spreadsheets read UTF-8 only when told so.
    answer = StreamingHttpResponse(chain(["\ufeff"], lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="spaces.csv"'
    return answer


@desk("see_organisations")
@require_GET
def space(request: HttpRequest, public_id: str) -> HttpResponse:
    return _show(request, access.space_of(person_of(request), public_id))


def _show(request: HttpRequest, found: Space, *, status: int = 200, **forms: object) -> HttpResponse:
    person = person_of(request)
    view = queries.desk_view(found, person)
    context = {
        "space": found,
        "service": service_name(found.service),
        "view": view,
        "site": view.site,
        "progress": procedures.progress(view.procedure) if view.procedure else None,
        "past": history.of_object("space", found.public_id).lines if "history" in view.may else [],
        "hold_form": HoldForm(),
        "domains": domains_box(found),
        "quota_form": QuotaForm.of(found.quota_bytes),
        "close_form": CloseForm(prefix="close"),
        **forms,
    }
    return render(request, "spaces/desk_space.html", context, status=status)


@desk("hold")
@require_POST
def hold(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "hold")
    form = HoldForm(request.POST)
    if form.is_valid():
        try:
            operations.place_hold(space=found, by=person, **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("desk-space", public_id=public_id)
    return _show(request, found, status=422, hold_form=form)


@desk("hold")
@require_POST
def lift_hold(request: HttpRequest, public_id: str, hold_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.hold_of(person, public_id, hold_id)
    return perform(
        request,
        lambda: operations.lift_hold(hold=found, by=person),
        done=_("This hold is lifted."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("operate")
@require_POST
def quota(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id)
    form = QuotaForm(request.POST)
    if not form.is_valid():
        return _show(request, found, status=422, quota_form=form)
    operations.change_quota(space=found, quota_bytes=form.quota_bytes, by=person)
    return redirect("desk-space", public_id=public_id)


@desk("operate")
@require_POST
def look_again(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id)
    return perform(
        request,
        lambda: operations.look_again(space=found, by=person),
        done=_("Compared with the store."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("write")
@require_POST
def open_by_hand(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id)
    return perform(
        request,
        lambda: operations.open_by_hand(space=found, by=person),
        done=_("The space is open; its referent is told."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("write")
@require_POST
def tick_step(request: HttpRequest, public_id: str, step_id: str) -> HttpResponse:
    person = person_of(request)
    step = access.hand_step_of(person, public_id, step_id)
    return perform(
        request,
        lambda: operations.tick_step(step=step, done=request.POST.get("done") == "1", by=person),
        done=_("It is noted."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("delete")
@require_POST
def delete_by_hand(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id)
    return perform(
        request,
        lambda: operations.delete_by_hand(space=found, by=person),
        done=_("The deletion is written down, with its proof."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("delete")
@require_POST
def export(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "export")
    return perform(
        request,
        lambda: operations.ask_export(space=found, by=person),
        done=_("The export is being made."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("delete")
@require_POST
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "close")
    form = CloseForm(request.POST, prefix="close")
    if form.is_valid():
        try:
            operations.close_space(space=found, by=person, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("desk-space", public_id=public_id)
    return _show(request, found, status=422, close_form=form)


@desk("delete")
@require_POST
def cancel_closing(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "close")
    return perform(
        request,
        lambda: operations.cancel_closing(space=found, by=person),
        done=_("The closing is cancelled."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("delete")
@require_POST
def confirm_deletion(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_to_delete(person, public_id)
    return perform(
        request,
        lambda: operations.confirm_deletion(space=found, by=person),
        done=_("Your confirmation is recorded."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("report")
def report(request: HttpRequest, report_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.report_of(person, report_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.decide_report(report=found, by=person, **form.decision_values())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("desk-report", report_id=report_id)
    address = found.space.address.name if hasattr(found.space, "address") else ""
    context = {
        "report": found,
        "space": found.space,
        "name": address,
        "category": reports.CATEGORIES[found.category],
        "decision": reports.DECISIONS.get(found.decision, ""),
        "ground_kind": reports.GROUNDS.get(found.ground_kind, ""),
        "form": form,
    }
    return render(request, "spaces/desk_report.html", context, status=409 if form.errors else 200)
