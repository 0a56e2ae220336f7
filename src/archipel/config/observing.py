# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is kept of each request: a number, one line of the log and one measure; never who asked, nor for what exactly."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

from archipel.config import metrics

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# The number of the request that this thread answers; lines of the log name it.
current_request: ContextVar[str] = ContextVar("current_request", default="")
logger = logging.getLogger("archipel.requests")
ROUTE, NUMBER = "archipel.route", "archipel.request"


def observed(application: Wsgi) -> Wsgi:
    """Give each request its number, in the header ``X-Request-Id`` too, and write down how it was answered."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        number = secrets.token_hex(8)
        environ[NUMBER] = number
        known = current_request.set(number)
        began, status = time.perf_counter(), ["500"]

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            status[0] = line[:3]
            return start_response(line, [*headers, ("X-Request-Id", number)], *rest)

        try:
            return application(environ, start)
        finally:
            _write_down(environ, status[0], time.perf_counter() - began)
            current_request.reset(known)

    return answer


def _write_down(environ: dict[str, Any], status: str, seconds: float) -> None:
    route = environ.get(ROUTE) or ("static" if environ.get("PATH_INFO", "").startswith("/static/") else "none")
    metrics.count_request(_kind(route), status, seconds)
    facts = {
        "status": int(status),
        "milliseconds": round(seconds * 1000, 1),
        "route": route,
        "method": environ.get("REQUEST_METHOD", ""),
    }
    if route == "health":  # asked every ten seconds by who watches
        return
    logger.info("answered %s", status, extra={"facts": facts})


def _kind(route: str) -> str:
    if route in {"static", "site", "door", "health", "elsewhere", "none"}:
        return route
    return "api" if route.startswith("api:") else "page"


class RouteName:
    """Says which page or endpoint answers, by the name the code has for it: an address may hold a secret."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        found = request.resolver_match
        if found is not None:
            request.environ[ROUTE] = found.view_name or "unnamed"  # type: ignore[attr-defined]  # a request of WSGI has it
