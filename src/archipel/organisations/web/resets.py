# SPDX-License-Identifier: AGPL-3.0-or-later
"""A lost second factor: asked and confirmed by referents, announced by the host, cancelled by the person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from archipel.host.gate import desk, signed_in
from archipel.identity import limits
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import access, operations, queries, resets
from archipel.organisations.models import Organisation
from archipel.organisations.states import RESET_WORDS, UNDER_WAY
from archipel.organisations.web.access_forms import CallForm


@signed_in
@require_POST
def ask(request: HttpRequest, public_id: str, person_id: str) -> HttpResponse:
    """Ask, as a referent, to reset the second factor of a member."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "agree")
    person = _person_in(organisation, person_id)
    try:
        asked = operations.ask_reset(organisation=organisation, person=person, by=me)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        words = _("It is asked. %(name)s was told, and a second person must confirm.")
        if resets.needs_the_host(asked):
            words = _("It is asked. %(name)s was told. No other referent can confirm: the host calls them.")
        messages.success(request, words % {"name": person.name})
    return redirect("organisation-member", organisation.public_id, person_id)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, public_id: str, reset_id: str) -> HttpResponse:
    """What was asked, for another referent: confirm or refuse."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "agree")
    found = access.reset_in(organisation, reset_id)
    context: dict[str, Any] = {"organisation": organisation}
    if request.method == "POST":
        try:
            if request.POST.get("act") == "refuse":
                operations.refuse_reset(reset=found, by=me)
            else:
                operations.confirm_reset(reset=found, by=me)
        except Refusal as refusal:
            context |= {"refusal": refusal}
        else:
            return redirect("organisation-reset", organisation.public_id, reset_id)
    own = me.pk in (found.asked_by_id, found.person_id)
    context |= {
        "reset": found,
        "state": RESET_WORDS[found.state],
        "of_the_host": found.state == "asked" and resets.needs_the_host(found),
        "may_confirm": found.state == "asked" and not own,
        "may_refuse": found.state == "asked" and me.pk != found.person_id,
    }
    return render(request, "organisations/reset.html", context)


@desk("people")
@require_http_methods(["GET", "HEAD", "POST"])
def for_desk(request: HttpRequest, reset_id: str) -> HttpResponse:
    """What was asked, for the host: call, then announce, or refuse."""
    me: Any = request.user
    found = access.reset_for_desk(me, reset_id)
    refusing = request.method == "POST" and request.POST.get("act") == "refuse"
    form = CallForm(request.POST if request.method == "POST" and not refusing else None)
    try:
        if refusing:
            operations.refuse_reset(reset=found, by=me)
            return redirect("desk-reset", reset_id)
        if request.method == "POST" and form.is_valid():
            operations.announce_reset(reset=found, by=me, **form.cleaned_data)
            messages.success(request, _("It is announced: the person was told at every address."))
            return redirect("desk-reset", reset_id)
    except Refusal as refusal:
        form = form if form.is_bound else CallForm({})
        form.add_error(refusal.field or None, str(refusal))
    return render(request, "organisations/desk_reset.html", _desk_context(found) | {"form": form})


def _desk_context(found: Any) -> dict[str, Any]:
    return {
        "reset": found,
        "organisation": found.organisation,
        "person": found.person,
        "state": RESET_WORDS[found.state],
        "of_the_host": found.state == "asked" and resets.needs_the_host(found),
    }


@desk("people")
@require_http_methods(["GET", "HEAD", "POST"])
def begin_at_desk(request: HttpRequest, public_id: str, person_id: str) -> HttpResponse:
    """Announce the reset of the only referent, who can ask nobody."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    person = _person_in(organisation, person_id)
    form = CallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.announce_reset_without_referent(
                organisation=organisation, person=person, by=me, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("It is announced: the person was told at every address."))
            return redirect("desk-reset", made.public_id)
    context = {"organisation": organisation, "person": person, "form": form, "of_the_host": True}
    return render(request, "organisations/desk_reset.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of the mails: one button, no sign-in."""
    limits.check(request, "cancel_reset", 60, 600)
    found = resets.reset_of_link(token)
    refusal = None
    if request.method == "POST":
        try:
            found = operations.cancel_reset(reset=found)
        except Refusal as error:
            refusal = error
    context = {"reset": found, "refusal": refusal, "under_way": found.state in UNDER_WAY}
    return render(request, "organisations/reset_cancel.html", context)


def _person_in(organisation: Organisation, person_id: str) -> Any:
    for role in queries.people_of(organisation):
        if role.person.public_id == person_id:
            return role.person
    raise NotFound
