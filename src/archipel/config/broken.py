# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of an error nobody expected: it asks nothing of the database, which may be what broke."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from archipel.config.observing import NUMBER


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 with the number under which the log has it."""
    page = get_template("500.html").render({"request_number": request.META.get(NUMBER, "")})
    return HttpResponse(page, status=500)
