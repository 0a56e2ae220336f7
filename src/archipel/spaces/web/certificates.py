# SPDX-License-Identifier: AGPL-3.0-or-later
"""What our own proxy asks before it fetches a certificate: is this name known here?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from archipel.kernel.refusals import NotFound
from archipel.spaces import front, queries


@require_GET
def certificate(request: HttpRequest) -> HttpResponse:
    """Answer 200 for a known name, 404 for another and to whoever is not the proxy: what it passes on from visitors says so."""
    if "X-Forwarded-For" in request.headers or not front.is_certificate_token(request.GET.get("token", "")):
        raise NotFound
    known = queries.is_known(request.GET.get("domain", "").lower().rstrip("."))
    return HttpResponse(status=200 if known else 404, content_type="text/plain")
