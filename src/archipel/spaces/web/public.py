# SPDX-License-Identifier: AGPL-3.0-or-later
"""The notice anyone may send about a page hosted here (DSA, art. 16)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from archipel.identity import limits
from archipel.kernel.references import new_public_id
from archipel.kernel.refusals import NotFound, Refusal
from archipel.spaces import operations, queries
from archipel.spaces.models import Space
from archipel.spaces.operations import Notice
from archipel.spaces.web.forms import ReportForm, refuse

NOTICES_AN_HOUR = 10


def _space_at(address: str) -> Space:
    space = queries.space_at(address)
    if space is None:
        raise NotFound
    return space


def report(request: HttpRequest, address: str) -> HttpResponse:
    space = _space_at(address)
    first = {"address": queries.address_url(space.address.name)}
    form = ReportForm(request.POST) if request.method == "POST" else ReportForm(initial=first)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        if typed.pop("website"):
            # A program: it reads what a person would, and nothing is kept.
            return redirect("space-report-received", address=address, reference=new_public_id())
        try:
            limits.check(request, "report", NOTICES_AN_HOUR, 3600)
            notice = Notice(**typed, language=(get_language() or "fr").split("-")[0])
            made = operations.report_site(space=space, notice=notice)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("space-report-received", address=address, reference=made.public_id)
    context = {"space": space, "name": space.address.name, "form": form}
    return render(request, "spaces/report.html", context, status=422 if form.errors else 200)


@require_GET
def report_received(request: HttpRequest, address: str, reference: str) -> HttpResponse:
    space = _space_at(address)
    return render(request, "spaces/report_received.html", {"name": space.address.name, "reference": reference})
