# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inviting a whole list: pasted or from a file, read back line by line, sent once confirmed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from archipel.host.gate import signed_in
from archipel.identity import limits
from archipel.identity.models import Person
from archipel.kernel.references import digest
from archipel.kernel.refusals import Refusal
from archipel.organisations import access, lists, operations, queries
from archipel.organisations.models import Organisation, Role
from archipel.organisations.web.list_forms import ListForm

LISTS_AN_HOUR = 5
SHOWN = 10


@signed_in
def invite_many(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read a list and say what it would do; send it when it is the very list that was shown."""
    me: Any = request.user
    organisation = access.organisation_of(me, public_id)
    access.require(me, organisation, "invite")
    form = ListForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"organisation": organisation, "form": form, "most": lists.MOST_LINES}
    if request.method == "POST" and form.is_valid():
        text = form.typed()
        confirmed = request.POST.get("act") == "send" and request.POST.get("seen") == digest(text)
        if confirmed and _sent(request, form, organisation, me, text):
            return redirect("organisation-people", organisation.public_id)
        context |= {"form": _again(form, text), "seen": digest(text), **_preview(organisation, text)}
    return render(request, "organisations/invite_many.html", context)


def _again(form: ListForm, text: str) -> ListForm:
    """Return the form with what was read, from a file perhaps, and what was refused of it."""
    again = ListForm({"text": text})
    again.is_valid()
    for words in form.non_field_errors():
        again.add_error(None, words)
    return again


def _sent(request: HttpRequest, form: ListForm, organisation: Organisation, by: Person, text: str) -> bool:
    try:
        limits.check(f"organisation:{organisation.pk}", "invite_list", LISTS_AN_HOUR, 3600)
        done = operations.invite_list(organisation=organisation, text=text, by=by)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    sentence = ngettext("%d invitation has been sent.", "%d invitations have been sent.", done.sent) % done.sent
    messages.success(request, sentence)
    return True


def _preview(organisation: Organisation, text: str) -> dict[str, Any]:
    read = lists.read(text, organisation.kind)
    fates = queries.fates_of(organisation, read.rows)
    count = Counter(fates.values())
    return {
        "read": read,
        "to_send": count["new"] + count["again"],
        "members": count["member"],
        "waiting": count["waiting"],
        "rows": [(row, str(Role(row.role).label), fates[row.email]) for row in read.rows[:SHOWN]],
        "more": max(0, len(read.rows) - SHOWN),
    }
