# SPDX-License-Identifier: AGPL-3.0-or-later
"""A difference between here and where people sign in, and the two acts that settle it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archipel.host.gate import desk
from archipel.identity import access, operations, queries
from archipel.kernel.refusals import Refusal


@desk("operate")
def drift(request: HttpRequest, public_id: str) -> HttpResponse:
    return render(request, "identity/drift.html", {"page": queries.drift_page(access.drift_of_desk(public_id))})


@desk("operate")
@require_POST
def repair(request: HttpRequest, public_id: str) -> HttpResponse:
    person: Any = request.user
    operations.repair_drift(drift=access.drift_of_desk(public_id), by=person)
    messages.success(request, _("It is being put right: the line leaves Today when it is done."))
    return redirect("desk-drift", public_id)


@desk("operate")
@require_POST
def adopt(request: HttpRequest, public_id: str) -> HttpResponse:
    person: Any = request.user
    try:
        operations.adopt_drift(drift=access.drift_of_desk(public_id), by=person)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("desk-drift", public_id)
    messages.success(request, _("It is now the same here."))
    return redirect("/desk/")
