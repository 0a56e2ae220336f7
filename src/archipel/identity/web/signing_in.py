# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages between an application and the account of its people: entering it, consenting, leaving."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from archipel.host.gate import signed_in
from archipel.identity import operations
from archipel.identity.provider import authorizing, leaving
from archipel.identity.provider.authorizing import Asked, CannotLeadBack, LeadBack, Next
from archipel.identity.scopes import APPLICATION_CLAIMS, APPLICATION_SCOPES
from archipel.identity.signing import issuer
from archipel.identity.visitor import Visitor, visitor_of
from archipel.identity.web.endpoints import pairs_of
from archipel.identity.wiring import who_gives_entry


@csrf_exempt  # an application may send its request as a form of its own (OpenID Connect Core 1.0, 3.1.2.1)
@require_http_methods(["GET", "POST"])
@never_cache
def authorize(request: HttpRequest) -> HttpResponse:
    """Give an application a code for whoever stands here, or say why not."""
    visitor = visitor_of(request)
    try:
        asked = authorizing.read(pairs_of(request.POST if request.method == "POST" else request.GET), visitor)
    except CannotLeadBack as problem:
        return render(request, "identity/cannot_lead_back.html", {"code": problem.code}, status=400)
    except LeadBack as answer:
        return _lead_back(request, answer.address)
    return _carry_out(request, asked, visitor)


def _carry_out(request: HttpRequest, asked: Asked, visitor: Visitor) -> HttpResponse:
    following = authorizing.what_next(asked, visitor)
    if following in (Next.SIGN_IN, Next.PROVE):
        return _to_proof(asked, visitor)
    if following is Next.CONSENT:
        return render(request, "identity/consent.html", _consent_context(asked))
    assert visitor.person is not None
    if following is Next.CODE:
        try:
            return _lead_back(request, authorizing.give_code(asked, visitor, visitor.person), asked.client.name)
        except operations.NoEntry:
            pass  # it ended at this very moment: the page says so
    context = {"client": asked.client, "people": who_gives_entry(visitor.person, asked.client)}
    return render(request, "identity/no_entry.html", context, status=403)


def _to_proof(asked: Asked, visitor: Visitor) -> HttpResponse:
    fresh = bool(asked.since or asked.prompt & {"login", "select_account"})
    back = f"{reverse('oidc-authorize')}?{asked.again(since=fresh)}"
    page = reverse("account_reauthenticate") if visitor.person else reverse("account_login")
    hint = {"login_hint": asked.login_hint} if asked.login_hint and not visitor.person else {}
    answer = HttpResponse(status=302)
    answer["Location"] = f"{page}?{urlencode({'next': back, **hint})}"
    return answer


@signed_in
@require_POST
@never_cache
def consent(request: HttpRequest) -> HttpResponse:
    """Take the answer of the consent page, and ask the same again with it."""
    person: Any = request.user
    try:
        asked = authorizing.read(pairs_of(QueryDict(request.POST.get("asked", ""))), visitor_of(request))
    except CannotLeadBack as problem:
        return render(request, "identity/cannot_lead_back.html", {"code": problem.code}, status=400)
    except LeadBack as answer:
        return _bridge(request, answer.address)
    if request.POST.get("answer") != "allow":
        return _bridge(request, authorizing.refuse(asked), asked.client.name)
    operations.give_consent(client=asked.client, person=person, scopes=asked.scopes)
    again = HttpResponse(status=302)
    again["Location"] = f"{reverse('oidc-authorize')}?{asked.again(without='consent')}"
    return again


def _consent_context(asked: Asked) -> dict[str, Any]:
    client = asked.client
    return {
        "client": client,
        "asked": asked.again(),
        "told": [words for name, words in APPLICATION_SCOPES.items() if name in asked.scopes]
        + [words for name, words in APPLICATION_CLAIMS.items() if name in client.claims],
    }


@csrf_exempt  # an application may send this as a form of its own; without proof, a page with our own form asks
@require_http_methods(["GET", "POST"])
@never_cache
def end_session(request: HttpRequest) -> HttpResponse:
    """Sign somebody out at the wish of an application: at once when it proves that it is about this session."""
    visitor = visitor_of(request)
    given = request.POST if request.method == "POST" else request.GET
    asked = leaving.read(pairs_of(given), visitor)
    if visitor.person is not None and not asked.proved:
        return render(request, "identity/leaving.html", {"client": asked.client, "asked": given.urlencode()})
    return _leave(request, asked, visitor)


@require_POST
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Take the yes of the page that asked whether to sign out."""
    visitor = visitor_of(request)
    return _leave(
        request, leaving.read(pairs_of(QueryDict(request.POST.get("asked", ""))), visitor), visitor, posted=True
    )


def _leave(request: HttpRequest, asked: leaving.Leaving, visitor: Visitor, *, posted: bool = False) -> HttpResponse:
    if visitor.person is not None:
        get_adapter().logout(request)
    if not asked.back:
        return render(request, "identity/left.html", {"client": asked.client})
    name = asked.client.name if asked.client else ""
    return _bridge(request, asked.back, name) if posted else _lead_back(request, asked.back, name)


def _lead_back(request: HttpRequest, address: str, name: str = "") -> HttpResponse:
    """Lead to an application: by a redirection, or by a page where one would be held back.

    What follows a form of ours in a chain of redirections must stay here (``form-action`` of our Content Security
    Policy): a browser coming from our sign-in page gets a page that leads on.
    """
    came_from_us = request.headers.get("Sec-Fetch-Site", "") == "same-origin" or (
        "Sec-Fetch-Site" not in request.headers and request.headers.get("Referer", "").startswith(f"{issuer()}/")
    )
    if came_from_us:
        return _bridge(request, address, name)
    answer = HttpResponse(status=302)
    answer["Location"] = address
    return answer


def _bridge(request: HttpRequest, address: str, name: str = "") -> HttpResponse:
    return render(request, "identity/leading_on.html", {"address": address, "name": name})
