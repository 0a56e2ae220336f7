# SPDX-License-Identifier: AGPL-3.0-or-later
"""Places for back-ups, at the desk."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.kernel.refusals import Refusal
from archipel.machines import operations, queries
from archipel.machines.models import BackupPlace
from archipel.machines.queries.places import own_copy_of, problem_words, stands_with_machines
from archipel.machines.web.place_forms import NewPlaceForm, PlaceForm, refuse

METHODS = ["GET", "HEAD", "POST"]


@desk("operate")
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    lines = [(place, problem_words(place)) for place in queries.places_by_name()[:200]]
    return render(request, "machines/desk_places.html", {"lines": lines})


@desk("operate")
@require_http_methods(METHODS)
@never_cache
def new_place(request: HttpRequest) -> HttpResponse:
    """Declare a place; its passphrase is on the answer to the form."""
    form = NewPlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            place, key = operations.declare_place(credentials=form.credentials, by=_person(request), **form.values)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _show(request, place, key=key, declared=True)
    return render(request, "machines/desk_new_place.html", {"form": form}, status=422 if form.errors else 200)


@desk("operate")
@require_http_methods(METHODS)
def place(request: HttpRequest, public_id: str) -> HttpResponse:
    found = queries.place_by_public_id(public_id)
    form = PlaceForm(request.POST or None, kind=found.kind, initial=PlaceForm.values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_place(place=found, changes=form.values, credentials=form.credentials, by=_person(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved. The worker looks at it now."))
            return redirect("desk-backup-place", public_id=public_id)
    return _show(request, found, form=form)


@desk("operate")
@reauthentication_required
@require_http_methods(METHODS)
@never_cache
def place_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the passphrase again: to somebody who just proved who they are, and written down."""
    found = queries.place_by_public_id(public_id)
    if request.method == "POST":
        return _show(request, found, key=operations.show_key(place=found, by=_person(request)))
    return render(request, "machines/desk_place_key.html", {"place": found})


@desk("operate")
@require_POST
def key_kept(request: HttpRequest, public_id: str) -> HttpResponse:
    operations.confirm_key_kept(place=queries.place_by_public_id(public_id), by=_person(request))
    messages.success(request, _("Written down. Look from time to time that it can still be found there."))
    return redirect("desk-backup-place", public_id=public_id)


@desk("operate")
@require_POST
def check_place(request: HttpRequest, public_id: str) -> HttpResponse:
    operations.check_place_soon(place=queries.place_by_public_id(public_id))
    messages.success(request, _("The worker looks at it now: the answer will be on this page."))
    return redirect("desk-backup-place", public_id=public_id)


@desk("operate")
@require_POST
def close_place(request: HttpRequest, public_id: str) -> HttpResponse:
    operations.close_place(place=queries.place_by_public_id(public_id), by=_person(request))
    messages.success(request, _("Nothing more is kept there. What is there stays, encrypted."))
    return redirect("desk-backup-place", public_id=public_id)


def _person(request: HttpRequest) -> Any:
    return request.user


def _show(
    request: HttpRequest, place: BackupPlace, *, form: Any = None, key: str = "", declared: bool = False
) -> HttpResponse:
    context = {
        "place": place,
        "form": form or PlaceForm(kind=place.kind, initial=PlaceForm.values_of(place)),
        "key": key,
        "declared": declared,
        "problem": problem_words(place),
        "own": own_copy_of(place),
        "same_site": stands_with_machines(place),
        "past": history.of_object("backup_place", place.public_id, limit=8).lines,
    }
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "machines/desk_place.html", context, status=status)
