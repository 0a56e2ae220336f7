# SPDX-License-Identifier: AGPL-3.0-or-later
"""The applications that know a person: what each learns, and the way to take it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from archipel.host.gate import signed_in
from archipel.identity import access, operations, queries


@signed_in
@require_safe
def own_applications(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    return render(request, "identity/own_applications.html", {"lines": queries.applications_of(person)})


@signed_in
@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """End what an application knows: its sign-ins, and what was allowed."""
    person: Any = request.user
    client = access.client_known_to(person, public_id)
    operations.withdraw_consent(client=client, person=person)
    messages.success(
        request, _("You are signed out of %(name)s, and it learns nothing more of you.") % {"name": client.name}
    )
    return redirect("account-applications")
