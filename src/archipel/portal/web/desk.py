# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from archipel.admissions import queries as admissions
from archipel.catalogue import queries as catalogue
from archipel.history import queries as history
from archipel.host.gate import desk, may
from archipel.kernel import clock
from archipel.portal import queries


@desk("today")
def today(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    page = _page(request)
    found = queries.today(person, page=page)
    now = clock.now()
    ages = [(timedelta(days=7), "week"), (timedelta(days=1), "days"), (timedelta.min, "new")]
    groups: dict[str, list[Any]] = {"week": [], "days": [], "new": []}
    for line in found.lines:
        groups[next(name for age, name in ages if now - line.since > age)].append(line)
    context = {
        "groups": groups,
        "lines": found.lines,
        "more": found.more,
        "page": page,
        "waves": admissions.waves_for_desk(),
        "begins": not found.lines and may(person, "catalogue") and not catalogue.desk_lines(),
    }
    return render(request, "portal/today.html", context)


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(500, int(text))) if text.isascii() and text.isdecimal() else 1


@desk("history")
def desk_history(request: HttpRequest) -> HttpResponse:
    return render(
        request, "portal/desk_history.html", {"entries": history.latest_for_host(before=request.GET.get("before", ""))}
    )
