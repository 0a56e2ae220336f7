# SPDX-License-Identifier: AGPL-3.0-or-later
"""Organisations and persons as the people of the host see them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.identity import operations as identity_operations
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import access, merging, operations, queries
from archipel.organisations.forms import CloseAccountForm, FactsForm
from archipel.organisations.models import Organisation


@desk("see_organisations")
def organisations(request: HttpRequest) -> HttpResponse:
    """Search by name, town, RNA or SIREN."""
    text = request.GET.get("q", "").strip()
    page = queries.search_organisations(text, after=request.GET.get("after", ""))
    return render(request, "organisations/desk_organisations.html", {"page": page, "text": text})


@desk("see_organisations")
def organisation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Facts, people, invitations and history of one organisation."""
    me: Any = request.user
    found = access.organisation_of(me, public_id)
    context = {
        "organisation": found,
        "roles": queries.people_of(found),
        "invitations": queries.pending_invitations(found),
        "page": history.of_organisation(found.public_id, for_host=True, limit=10),
        "may_change": access.desk_may(me, "people"),
        "may_invite": access.person_may(me, found, "invite"),
        "may_give": access.desk_may(me, "decide"),
        "may_see_history": access.person_may(me, found, "see_history"),
    }
    return render(request, "organisations/desk_organisation.html", context)


@desk("people")
def facts(request: HttpRequest, public_id: str) -> HttpResponse:
    """Correct what is known of an organisation."""
    me: Any = request.user
    found = access.organisation_of(me, public_id)
    if found.kind == "host":
        raise NotFound
    form = FactsForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_organisation(organisation=found, changes=form.cleaned_data, by=me)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("The facts are saved."))
            return redirect("desk-organisation", found.public_id)
    return render(request, "organisations/desk_facts.html", {"organisation": found, "form": form})


def _initial(found: Organisation) -> dict[str, Any]:
    fields = ("name", "kind", "rna", "siren", "founded_year", "member_since", "member_until")
    values = {field: getattr(found, field) for field in fields}
    return values | {
        "town": found.town_id or "",
        "town_text": found.town.name if found.town else found.town_text,
    }


@desk("people")
def merge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose the organisation that goes, read what would happen, then do it."""
    me: Any = request.user
    kept = access.organisation_of(me, public_id)
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"organisation": kept, "text": text}
    other_id = request.POST.get("absorbed") or request.GET.get("absorbed", "")
    if other_id:
        absorbed = access.organisation_of(me, other_id)
        context |= {"absorbed": absorbed}
        try:
            operations.check_mergeable(rows=[kept, absorbed] if kept.pk != absorbed.pk else [kept])
            if request.method == "POST":
                operations.merge_organisations(kept=kept, absorbed=absorbed, by=me)
                messages.success(request, _("%(name)s is now one organisation.") % {"name": kept.name})
                return redirect("desk-organisation", kept.public_id)
            context |= {"lines": merging.preview(kept, absorbed)}
        except Refusal as refusal:
            context |= {"refusal": refusal}
    elif text:
        found = queries.search_organisations(text).rows
        context |= {"found": [row for row in found if row.pk != kept.pk and row.kind != "host"]}
    return render(request, "organisations/desk_merge.html", context)


@desk("people")
def people(request: HttpRequest) -> HttpResponse:
    """Search persons by name or address."""
    text = request.GET.get("q", "").strip()
    page = identity.search_people(text, after=request.GET.get("after", ""))
    return render(request, "organisations/desk_people.html", {"page": page, "text": text})


@desk("people")
def person(request: HttpRequest, public_id: str) -> HttpResponse:
    """A person: addresses, roles, and what was done about them."""
    found = _person(public_id)
    context = {
        "person": found,
        "addresses": identity.addresses_of(found),
        "roles": queries.roles_of(found),
        "page": history.of_object("person", found.public_id, limit=10),
    }
    return render(request, "organisations/desk_person.html", context)


@desk("people")
def merge_person(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose the account that goes, read what would happen, then do it."""
    me: Any = request.user
    kept = _person(public_id)
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"person": kept, "text": text}
    other_id = request.POST.get("absorbed") or request.GET.get("absorbed", "")
    if other_id:
        absorbed = _person(other_id)
        _check_host_person(me, kept, absorbed)
        context |= {"absorbed": absorbed, "lines": identity.merge_persons_preview(kept=kept, absorbed=absorbed)}
        if request.method == "POST":
            try:
                identity_operations.merge_persons(kept=kept, absorbed=absorbed, by=me)
            except Refusal as refusal:
                context |= {"refusal": refusal}
            else:
                messages.success(request, _("%(name)s is now one person.") % {"name": kept.name})
                return redirect("desk-person", kept.public_id)
    elif text:
        context |= {"found": [row for row in identity.search_people(text).rows if row.pk != kept.pk]}
    return render(request, "organisations/desk_merge_person.html", context)


@desk("people")
def close_account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Close the account of a person, with the reason they will read."""
    me: Any = request.user
    found = _person(public_id)
    _check_host_person(me, found)
    form = CloseAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.close_account(person=found, by=me, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("The account of %(name)s is closed.") % {"name": found.name})
            return redirect("desk-person", found.public_id)
    context = {"person": found, "form": form, "roles": queries.roles_of(found)}
    return render(request, "organisations/desk_close_account.html", context)


@desk("people")
@require_POST
def reopen_account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a person sign in again."""
    me: Any = request.user
    found = _person(public_id)
    _check_host_person(me, found)
    try:
        operations.reopen_account(person=found, by=me)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The account of %(name)s is open again.") % {"name": found.name})
    return redirect("desk-person", found.public_id)


def _check_host_person(me: Any, *persons: Person) -> None:
    """Merging gives one account the rights of another: with those of the desk, only who may give them may do it."""
    if any(access.roles_held(row).at_host for row in persons):
        access.require_desk(me, "settings")


def _person(public_id: str) -> Person:
    found = identity.person_by_public_id(public_id)
    if found is None:
        raise NotFound
    return found
