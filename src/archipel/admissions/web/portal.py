# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archipel.admissions import operations
from archipel.admissions.access import may_withdraw, request_of, request_to_withdraw
from archipel.admissions.web.following import follow_context
from archipel.agreements import queries as agreements
from archipel.conversations import access as conversation_access
from archipel.conversations import queries as conversations
from archipel.host.gate import signed_in
from archipel.organisations.access import person_may


@require_GET
@signed_in
def follow(request: HttpRequest, public_id: str) -> HttpResponse:
    """A request as its asker follows it: state, what comes next, the conversation, withdrawing."""
    asked = request_of(request.user, public_id)
    conversation = conversations.about("request", asked.public_id)
    takes_part = conversation is not None and conversation_access.takes_part(request.user, conversation)
    context = follow_context(asked)
    context["may_withdraw"] = context["may_withdraw"] and may_withdraw(request.user, asked)
    context["thread"] = conversations.thread(conversation, for_host=False) if conversation and takes_part else None
    agreement = agreements.of_subject("request", asked.public_id)
    if agreement is not None and person_may(request.user, agreement.organisation, "read"):
        context["agreement"] = agreement
    return render(request, "admissions/request.html", context)


@require_POST
@signed_in
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    person: Any = request.user
    operations.withdraw(request=request_to_withdraw(person, public_id), by=person)
    messages.success(request, _("Your request is withdrawn."))
    return redirect("request", public_id)
