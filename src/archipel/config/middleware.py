# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every answer of the portal goes through."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode

from archipel.design.errors import error_page
from archipel.host import queries as host
from archipel.identity import sessions
from archipel.identity.operations import SecondFactorNeeded
from archipel.kernel.refusals import Refusal
from archipel.organisations.access import waits_for_second_factor

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


class SecurityHeaders:
    """Nothing from elsewhere, no script or style inside a page, no sensor, no referrer outside."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()"
        )
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class NotSetUp:
    """Lead everything to the set-up page until a real host is set up; programs read why."""

    OPEN = ("/set-up/", "/static/", "/language/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.DEMONSTRATION or request.path.startswith(self.OPEN) or host.current().set_up_at:
            return self.get_response(request)
        if request.path.startswith("/api/"):
            answer = {"code": "not_set_up", "message": "This host is not set up yet.", "field": "", "details": {}}
            return JsonResponse(answer, status=503)
        return HttpResponseRedirect("/set-up/")


class SeenSessions:
    """Note once an hour that a session is in use, where the page has read it anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed:
            sessions.see(request)
        return response


class RefusalPages:
    """Show a refusal that no form took as a page: what happened, what was kept, what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or request.path.startswith("/api/"):
            return response
        page = error_page(request, 405)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if exception.status in {403, 404} and waits_for_second_factor(getattr(request, "user", None)):
            if request.method == "GET":
                needed = reverse("account-second-factor-needed")
                return HttpResponseRedirect(f"{needed}?{urlencode({'next': request.get_full_path()})}")
            exception = SecondFactorNeeded()
        return error_page(request, exception.status, message=str(exception))
