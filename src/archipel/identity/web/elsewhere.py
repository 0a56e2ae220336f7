# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in through the place the host chose instead of Archipel's own passphrases, and the pages that lead there."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from archipel.host import queries as host
from archipel.identity import entering, operations
from archipel.identity.languages import known_language
from archipel.identity.sign_on import sign_in_elsewhere
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import NotFound

View = Callable[..., HttpResponseBase]
ASKED, SIGNED_IN = "elsewhere_asked", "elsewhere_signed_in"


def or_elsewhere(view: View) -> View:
    """Lead the page that signs in to the other place, when there is one; what is typed here is not even looked at."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if sign_in_elsewhere() is None:
            return view(request, *args, **kwargs)
        following = request.GET.get("next") or request.POST.get("next") or ""
        return redirect(f"{reverse('account-elsewhere')}?{urlencode({'next': following})}")

    return guarded


def or_account_elsewhere(view: View) -> View:
    """Lead a page about passphrases to where people have theirs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        there = sign_in_elsewhere()
        return view(request, *args, **kwargs) if there is None else redirect(there.account_address())

    return guarded


def or_signed_out_elsewhere(view: View) -> View:
    """Sign out here and there: a session that goes on there would sign in again at the next click."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        there = sign_in_elsewhere()
        if there is None:
            return view(request, *args, **kwargs)
        if request.method != "POST":
            return view(request, *args, **kwargs)
        id_token = request.session.get(SIGNED_IN, {}).get("id_token", "")
        get_adapter().logout(request)
        back_to = f"{host.current().portal_url}/"
        if not id_token:
            return redirect(back_to)
        # A page in between: browsers let no form lead to another site, not even by the answer to it.
        address = there.sign_out_address(id_token=id_token, back_to=back_to)
        response = render(request, "identity/signed_out_here.html", {"address": address})
        response.headers["Refresh"] = f"1; url={address}"
        return response

    return guarded


@require_GET
@never_cache
def go(request: HttpRequest) -> HttpResponse:
    """Lead to the other place with a question only this browser can use the answer of."""
    there = sign_in_elsewhere()
    if there is None:
        raise NotFound
    asked = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    request.session[ASKED] = {**asked, "next": _safe(request, request.GET.get("next", ""))}
    digest = hashlib.sha256(asked["verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    language = known_language(get_language() or "")
    return redirect(
        there.address(
            back_to=_return_url(), state=asked["state"], nonce=asked["nonce"], challenge=challenge, language=language
        )
    )


@require_GET
@never_cache
def come_back(request: HttpRequest) -> HttpResponse:
    """Sign in whoever the other place vouches for, by the id their account carries."""
    there = sign_in_elsewhere()
    if there is None:
        raise NotFound
    asked = request.session.pop(ASKED, None)
    if not asked or not secrets.compare_digest(request.GET.get("state", ""), asked["state"]):
        return _page(request, "lost", 400)
    if "code" not in request.GET:
        return _page(request, "refused", 403)
    try:
        signed_in = there.exchange(
            code=request.GET["code"], back_to=_return_url(), verifier=asked["verifier"], nonce=asked["nonce"]
        )
    except TryLater:
        return _page(request, "silent", 503)
    except RefusedOutside:
        return _page(request, "lost", 400)
    person = operations.person_signed_in_elsewhere(signed_in=signed_in)
    auth.login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])  # gives the session another key
    entering.note_sign_in(request, person)
    request.session[SIGNED_IN] = {"sid": signed_in.sid, "id_token": signed_in.id_token}
    request.session.save()
    operations.remember_outside_session(person=person, sid=signed_in.sid, session_key=request.session.session_key or "")
    return redirect(asked["next"] or settings.LOGIN_REDIRECT_URL)


@csrf_exempt
@require_POST
@never_cache
def ended(request: HttpRequest) -> HttpResponse:
    """End the sessions here of a session that ended there (OpenID Connect Back-Channel Logout 1.0, section 2.5)."""
    there = sign_in_elsewhere()
    if there is None:
        raise NotFound
    try:
        sid = there.ended_session(request.POST.get("logout_token", ""))
    except RefusedOutside:
        return HttpResponse(status=400)
    except TryLater:
        return HttpResponse(status=503)
    operations.end_outside_session(sid=sid)
    return HttpResponse(status=200)


def _return_url() -> str:
    # Never built of the Host header, which whoever asks may choose.
    return host.current().portal_url + reverse("account-elsewhere-return")


def _safe(request: HttpRequest, following: str) -> str:
    fine = url_has_allowed_host_and_scheme(following, allowed_hosts=None, require_https=request.is_secure())
    return following if fine and following.startswith("/") else ""


def _page(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "identity/elsewhere_failed.html", {"why": why}, status=status)
