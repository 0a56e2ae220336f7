# SPDX-License-Identifier: AGPL-3.0-or-later
"""The addresses that applications speak to: no session, no cookie, no form of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from archipel.identity import limits, queries
from archipel.identity.models import TokenKind
from archipel.identity.provider import claims, discovery, engine
from archipel.kernel.refusals import TooMany

KEYS_KEPT = 3600
# Wrong secrets of one network in five minutes: a secret has 256 bits, this only keeps the log readable.
WRONG_SECRETS = 300

View = Callable[[HttpRequest], HttpResponse]


def pairs_of(given: QueryDict) -> list[tuple[str, str]]:
    """Return what was sent, one pair for each time it was said."""
    return [(key, str(value)) for key, values in given.lists() for value in values]


def for_scripts(*methods: str) -> Callable[[View], View]:
    """Answer scripts of any page: nothing here depends on cookies, so nothing is lent to whoever calls."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @require_http_methods([*methods, "OPTIONS"])
        @wraps(view)
        def open_view(request: HttpRequest) -> HttpResponse:
            answer = HttpResponse(status=204) if request.method == "OPTIONS" else view(request)
            answer["Access-Control-Allow-Origin"] = "*"
            answer["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            answer["Access-Control-Allow-Methods"] = ", ".join(methods)
            return answer

        return open_view

    return wrap


@for_scripts("GET", "HEAD")
def configuration(_request: HttpRequest) -> HttpResponse:
    return _kept(discovery.configuration())


@for_scripts("GET", "HEAD")
def keys(_request: HttpRequest) -> HttpResponse:
    return _kept(discovery.keys())


@for_scripts("POST")
def token(request: HttpRequest) -> HttpResponse:
    return _answer(request, engine.exchange)


@for_scripts("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    return _answer(request, engine.revoke)


@csrf_exempt
@require_http_methods(["POST"])
def introspect(request: HttpRequest) -> HttpResponse:
    return _answer(request, engine.introspect)


@for_scripts("GET", "POST")
@never_cache
def userinfo(request: HttpRequest) -> HttpResponse:
    """Answer who the token is about (OpenID Connect Core 1.0, section 5.3; errors: RFC 6750, section 3)."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret if kind.lower() == "bearer" else request.POST.get("access_token", "")
    row = queries.living_issued_token(secret) if secret else None
    if row is None or row.sign_in is None or row.kind != TokenKind.ACCESS:
        return _bearer_error(401, "invalid_token" if secret else "")
    if "openid" not in row.scopes:
        return _bearer_error(403, "insufficient_scope")
    return JsonResponse(claims.userinfo(row.client, row.sign_in.person, row.scopes))


def _bearer_error(status: int, error: str) -> HttpResponse:
    answer = JsonResponse({"error": error} if error else {}, status=status)
    answer["WWW-Authenticate"] = f'Bearer error="{error}"' if error else "Bearer"
    return answer


def _answer(request: HttpRequest, speak: Callable[..., engine.Reply]) -> HttpResponse:
    headers = {key: request.headers[key] for key in ("Authorization",) if key in request.headers}
    reply = speak(request.get_full_path(), pairs_of(request.POST), headers)
    if reply.status == 401:
        try:
            limits.check(request, "wrong_client_secret", WRONG_SECRETS, 300)
        except TooMany:
            reply = engine.Reply(429, json.dumps({"error": "temporarily_unavailable"}))
    answer = HttpResponse(reply.body, status=reply.status, content_type="application/json")
    for name, value in reply.headers.items():
        answer[name] = value
    answer["Cache-Control"], answer["Pragma"] = "no-store", "no-cache"
    return answer


def _kept(document: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(document)
    answer["Cache-Control"] = f"public, max-age={KEYS_KEPT}"
    return answer
