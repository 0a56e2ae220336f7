# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring an export back: into a space that is there, or one that the desk opens for it."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.queries import service_by_slug
from archipel.host.gate import desk, signed_in
from archipel.kernel.refusals import Refusal
from archipel.spaces import access, operations, queries
from archipel.spaces.web.acts import person_of
from archipel.spaces.web.forms import BringBackForm, FromBundleForm, refuse


@signed_in
def bring_back(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id, "close")
    form = BringBackForm(request.POST, request.FILES) if request.method == "POST" else BringBackForm()
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            operations.bring_bundle(
                space=found, archive=typed["archive"].file, by=person, with_people=typed["with_people"]
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("The export is being put in place. We write to you at the end."))
            return redirect("space-bring-back", public_id=public_id)
    context = {"space": found, "form": form, "lines": queries.restorations_of(found)}
    return render(request, "spaces/bring_back.html", context, status=422 if form.errors else 200)


@desk("operate")
def from_bundle(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    services = queries.services_opened_by_machine()
    form = FromBundleForm(request.POST or None, request.FILES or None, services=services)
    if form.is_bound and form.is_valid():
        typed = dict(form.cleaned_data)
        size: Decimal | None = typed.pop("gigabytes")
        typed["archive"] = typed["archive"].file
        try:
            made = operations.open_from_bundle(
                **typed | {"service": service_by_slug(typed["service"])},
                quota_bytes=None if size is None else int(size * 10**9),
                by=person,
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("The space is being opened; the export goes into it then."))
            return redirect("desk-space", public_id=made.space.public_id)
    return render(request, "spaces/from_bundle.html", {"form": form}, status=422 if form.errors else 200)
