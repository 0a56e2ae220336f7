# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of an organisation and its history, for those who belong to it and for the desk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archipel.history import queries as history
from archipel.host.gate import signed_in
from archipel.identity import limits
from archipel.identity.models import Person
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import access, applications, operations, queries, resets, tables
from archipel.organisations.forms import InviteForm, RoleForm
from archipel.organisations.models import Membership, Organisation
from archipel.organisations.web.access_forms import PersonalForm

INVITATIONS_AN_HOUR = 30


@signed_in
def people(request: HttpRequest, public_id: str) -> HttpResponse:
    """Members with their roles, pending invitations, and the form to invite."""
    person: Any = request.user
    organisation = access.organisation_of(person, public_id)
    may_invite = access.person_may(person, organisation, "invite")
    form = InviteForm(request.POST or None, kind=organisation.kind, initial={"role": "member"})
    if request.method == "POST":
        access.require(person, organisation, "invite")
        if form.is_valid() and _invited(form, organisation, person):
            messages.success(request, _("The invitation has been sent to %(email)s.") % form.cleaned_data)
            return redirect("organisation-people", organisation.public_id)
    context = {
        "organisation": organisation,
        "roles": queries.people_of(organisation),
        "invitations": queries.pending_invitations(organisation) if may_invite else [],
        "form": form,
        "may_invite": may_invite,
        "may_remove": access.person_may(person, organisation, "remove"),
    }
    return render(request, "organisations/people.html", context)


def _invited(form: InviteForm, organisation: Organisation, by: Person) -> bool:
    try:
        limits.check(f"organisation:{organisation.pk}", "invite", INVITATIONS_AN_HOUR, 3600)
        operations.invite(organisation=organisation, by=by, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return False
    return True


@signed_in
def member(request: HttpRequest, public_id: str, person_id: str) -> HttpResponse:
    """Change the role of one person, or see that they are about to be removed."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "remove")
    roles = _roles_in(organisation, person_id)
    form = RoleForm(request.POST or None, kind=organisation.kind, initial=_held(roles[0]))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_role(organisation=organisation, person=roles[0].person, by=me, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("The role of %(name)s has changed.") % {"name": roles[0].person.name})
            return redirect("organisation-people", organisation.public_id)
    person = roles[0].person
    lines = applications.own_lines(organisation, person, [role.role for role in roles])
    context = {
        "organisation": organisation,
        "roles": roles,
        "person": person,
        "form": form,
        "applications": [(line, PersonalForm(access=line.access, usual=line.usual, own=line.own)) for line in lines],
        "stays": [line for line in lines if line.stay],
        "reset": resets.under_way(organisation, person),
        "may_act": access.person_may(me, organisation, "agree"),
        "at_desk": access.desk_may(me, "people"),
        "may_ask": me.pk != person.pk and resets.leads(me, organisation),
        "host_announces": access.desk_may(me, "people")
        and organisation.kind != "host"
        and not resets.led_by_another(organisation, person),
    }
    return render(request, "organisations/member.html", context)


def _held(role: Membership) -> dict[str, Any]:
    return {"role": role.role, "last_day": role.last_day}


@signed_in
@require_POST
def remove(request: HttpRequest, public_id: str, person_id: str) -> HttpResponse:
    """Remove a person, or leave oneself."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    roles = _roles_in(organisation, person_id)
    person = roles[0].person
    if person.pk != me.pk:
        access.require(me, organisation, "remove")
    stays = applications.lingering(organisation, person)
    try:
        operations.remove_person(organisation=organisation, person=person, by=me)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("organisation-people", organisation.public_id)
    if person.pk == me.pk:
        messages.success(request, _("You have left %(name)s.") % {"name": organisation.name})
        return redirect(settings.LOGIN_REDIRECT_URL)
    messages.success(request, _("%(name)s no longer belongs to the organisation.") % {"name": person.name})
    if stays:
        messages.warning(request, applications.stay_in_words(stays))
    return redirect("organisation-people", organisation.public_id)


@signed_in
def people_csv(request: HttpRequest, public_id: str) -> Any:
    """The people of an organisation as a table, in the columns that a list to invite has."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "invite")
    roles = queries.people_of(organisation)
    rows = [(role.person.name, role.person.email, str(role.get_role_display())) for role in roles]
    headings = (_("Name"), _("E-mail address"), _("Role"))
    response = StreamingHttpResponse(tables.written([headings, *rows]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="people-{organisation.public_id}.csv"'
    return response


@signed_in
@require_POST
def end_role(request: HttpRequest, public_id: str, person_id: str, role: str) -> HttpResponse:
    """End one of the several roles a person may hold at the host."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "remove")
    person = _roles_in(organisation, person_id)[0].person
    try:
        operations.end_role(organisation=organisation, person=person, role=role, by=me)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("organisation-people", organisation.public_id)


@signed_in
@require_POST
def resend(request: HttpRequest, public_id: str) -> HttpResponse:
    me: Any = request.user
    invitation = access.invitation_of(me, public_id)
    limits.check(f"organisation:{invitation.organisation_id}", "invite", INVITATIONS_AN_HOUR, 3600)
    operations.resend_invitation(invitation=invitation, by=me)
    messages.success(request, _("The invitation has been sent to %(email)s.") % {"email": invitation.email})
    return _back(request, invitation.organisation)


@signed_in
@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    me: Any = request.user
    invitation = access.invitation_of(me, public_id)
    operations.withdraw_invitation(invitation=invitation, by=me)
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email})
    return _back(request, invitation.organisation)


def _back(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    page = "desk-organisation" if request.POST.get("from") == "desk" else "organisation-people"
    return redirect(page, organisation.public_id)


def _roles_in(organisation: Organisation, person_id: str) -> list[Any]:
    roles = [role for role in queries.people_of(organisation) if role.person.public_id == person_id]
    if not roles:
        raise NotFound
    return roles


@signed_in
def organisation_history(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who did what in the organisation, newest first."""
    person: Any = request.user
    organisation = access.organisation_of(person, public_id)
    access.require(person, organisation, "see_history")
    page = history.of_organisation(
        organisation.public_id, before=request.GET.get("before", ""), for_host=access.desk_may(person, "history")
    )
    return render(request, "organisations/history.html", {"organisation": organisation, "page": page})


@signed_in
def history_csv(request: HttpRequest, public_id: str) -> Any:
    """The same as a table, for spreadsheets."""
    person: Any = request.user
    organisation = access.organisation_of(person, public_id)
    access.require(person, organisation, "see_history")
    rows = history.rows_for_csv(organisation.public_id, for_host=access.desk_may(person, "history"))
    response = StreamingHttpResponse(tables.written(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="history-{organisation.public_id}.csv"'
    return response
