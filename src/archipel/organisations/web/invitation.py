# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page a person reads when they open the link of an invitation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from archipel.host.gate import signed_in
from archipel.identity import limits
from archipel.identity import queries as identity
from archipel.identity.entering import sign_in
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import links, operations
from archipel.organisations.forms import AcceptForm
from archipel.organisations.models import Invitation


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites into what; accept on POST, as the signed-in person or by opening an account."""
    limits.check(request, "invitation", 60, 600)
    try:
        found = links.living_invitation(token)
    except Refusal as refusal:
        return _over(request, token, refusal)
    way = _way(request, found)
    form = AcceptForm(
        request.POST if way == "open" and request.method == "POST" else None, initial={"name": found.name}
    )
    context: dict[str, Any] = {"invitation": found, "form": form, "token": token, "way": way}
    if request.method == "POST" and (way != "open" or form.is_valid()):
        try:
            return _accepted(request, token, found, form.cleaned_data if way == "open" else {})
        except Refusal as refusal:
            if way == "open":
                form.add_error(refusal.field or None, str(refusal))
            else:
                context |= {"refusal": refusal}
    return render(request, "organisations/invitation.html", context)


def _way(request: HttpRequest, found: Invitation) -> str:
    """Return how this reader may accept: ``accept``, ``other`` address, ``sign_in`` or ``open`` an account."""
    if request.user.is_authenticated:
        person: Any = request.user
        return "accept" if found.email in identity.confirmed_addresses_of(person) else "other"
    known = identity.person_by_email(found.email)
    return "sign_in" if known and known.has_usable_password() else "open"


def _accepted(request: HttpRequest, token: str, found: Invitation, answers: dict[str, str]) -> HttpResponse:
    person: Any = request.user if request.user.is_authenticated else None
    accepted = operations.accept_invitation(token=token, person=person, **answers)
    if person is None:
        sign_in(request, accepted)
    messages.success(request, _("Welcome: you now belong to %(name)s.") % {"name": found.organisation.name})
    return redirect(settings.LOGIN_REDIRECT_URL)


def _over(request: HttpRequest, token: str, refusal: Refusal) -> HttpResponse:
    context = {
        "refusal": refusal,
        "token": token,
        "invitation": links.find_invitation(token) if refusal.code == "invitation_expired" else None,
        "may_ask": refusal.code in {"invitation_expired", "invitation_replaced", "invitation_withdrawn"},
    }
    return render(request, "organisations/invitation_over.html", context, status=refusal.status)


@require_POST
def ask_again(request: HttpRequest, token: str) -> HttpResponse:
    """Ask those who invited for a new link; the same words whatever the link was."""
    limits.check(request, "ask_invitation", 5, 3600)
    limits.check(token[: links.PUBLIC_ID_SIGNS], "ask_invitation", 2, 24 * 3600)
    operations.ask_for_new_invitation(token=token)
    return render(request, "organisations/invitation_asked.html")


@signed_in
@never_cache
def of_mine(request: HttpRequest, public_id: str) -> HttpResponse:
    """The invitation of a signed-in person, found on their home page rather than in their mailbox."""
    person: Any = request.user
    found = _mine(person, public_id)
    if request.method == "POST":
        operations.accept_own_invitation(invitation=found, person=person)
        messages.success(request, _("Welcome: you now belong to %(name)s.") % {"name": found.organisation.name})
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(
        request, "organisations/invitation.html", {"invitation": found, "way": "accept", "form": AcceptForm()}
    )


def _mine(person: Any, public_id: str) -> Invitation:
    rows = Invitation.objects.select_related("organisation", "invited_by")
    found = rows.filter(public_id=public_id, email__in=identity.confirmed_addresses_of(person)).first()
    if found is None:
        raise NotFound
    return links.still_living(found)
