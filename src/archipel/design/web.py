# SPDX-License-Identifier: AGPL-3.0-or-later
"""The living page of the components, for those who write pages; hidden from a host in real use."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from archipel.design.samples import samples


def components(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or settings.DEMONSTRATION):
        raise Http404
    return render(request, "design/components.html", samples(request))
