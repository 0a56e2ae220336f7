# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who enters a space, and as what: read by its people, settled by its referent."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from archipel.host.gate import signed_in
from archipel.organisations import applications
from archipel.spaces import access, operations, queries
from archipel.spaces.rights import may
from archipel.spaces.web.acts import perform, person_of
from archipel.spaces.web.forms import NONE, USUAL, SpaceRoleForm

A_PAGE = 20


@signed_in
@require_GET
def people(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.space_of(person, public_id)
    lines, asked = queries.entrants_of(found), request.GET.get("change", "")
    context = {
        "space": found,
        "page": Paginator(lines, A_PAGE).get_page(request.GET.get("page", 1)),
        "changed": next((line for line in lines if line.person.public_id == asked), None),
        "none": NONE,
        "roles": queries.roles_of(found),
        "usual": USUAL,
        "may_change": found.client_id is not None and may(person, found, "remove"),
        "may_invite": may(person, found, "invite"),
        "stay": applications.stay_in(found.client) if found.client else "",
    }
    return render(request, "spaces/people.html", context)


@signed_in
@require_POST
def role(request: HttpRequest, public_id: str, person_id: str) -> HttpResponse:
    me = person_of(request)
    found, person = access.person_in_space(me, public_id, person_id)
    form = SpaceRoleForm(request.POST)
    form.is_valid()
    return perform(
        request,
        lambda: operations.change_space_role(space=found, person=person, role=form.chosen(), by=me),
        done=_("What %(name)s enters with is saved.") % {"name": person.name},
        back=reverse("space-people", args=[public_id]),
    )
