# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from archipel.catalogue import queries as catalogue
from archipel.host import queries as host


def front_page(request: HttpRequest) -> HttpResponse:
    texts = host.texts(["home/title", "home/lead", "home/promise"])
    context = {
        "title": texts["home/title"],
        "lead": texts["home/lead"],
        "promise": texts["home/promise"],
        "groups": catalogue.public_groups(),
    }
    return render(request, "portal/front_page.html", context)


def about(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/about.html", {"story": host.text("about/body")})


def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html")
