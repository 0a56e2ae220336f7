# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page on which one reads what will be paid and the terms, and agrees: by the mailed link, or signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from archipel.agreements import access, operations, queries
from archipel.agreements.models import Agreement
from archipel.host.gate import signed_in
from archipel.identity.access import client_address
from archipel.identity.models import Person
from archipel.kernel.refusals import Refusal
from archipel.organisations.access import person_may, require

Read = Callable[[], Agreement]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest, token: str) -> HttpResponse:
    """Read and agree without an account: whoever holds the link is the referent it was mailed to."""
    found = access.agreement_by_token(token)
    return _page(request, found, lambda: access.agreement_by_token(token), may_agree=True)


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_by_id(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read with a role in the organisation; agree when the role includes it."""
    found = access.agreement_of(request.user, public_id)
    may_agree = person_may(request.user, found.organisation, "agree")
    if request.method == "POST":
        require(request.user, found.organisation, "agree")
    return _page(request, found, lambda: access.agreement_of(request.user, public_id), may_agree=may_agree)


def _page(request: HttpRequest, found: Agreement, read_again: Read, *, may_agree: bool) -> HttpResponse:
    problem, status = "", 200
    if request.method == "POST":
        try:
            operations.agree(
                agreement=found,
                person=request.user if isinstance(request.user, Person) else None,
                from_address=client_address(request)[0],
                seen=request.POST.get("seen", ""),
            )
        except Refusal as refusal:
            problem, status = str(refusal), refusal.status
        found = read_again()
    context = {"page": queries.agreement_page(found), "agreement": found, "may_agree": may_agree, "problem": problem}
    return render(request, "agreements/agreement.html", context, status=status)
