# SPDX-License-Identifier: AGPL-3.0-or-later
"""What anybody reads: the list of services, one service, its terms."""

from __future__ import annotations

import csv
import io
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from archipel.catalogue import queries
from archipel.kernel.refusals import NotFound


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    return render(request, "catalogue/services.html", {"groups": queries.public_groups()})


@require_safe
def services_csv(_request: HttpRequest) -> HttpResponse:
    """The same list as a table, in the language of the page."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows(map(_harmless, queries.csv_rows()))
    response = HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="services.csv"'
    response["Content-Language"] = get_language() or "fr"
    return response


def _harmless(row: tuple[str, ...]) -> list[str]:
    # A text that begins like a formula must not become one in a spreadsheet.
    return [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in row]


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "catalogue/service.html", {"page": queries.service_page(slug)})


@require_safe
def terms(request: HttpRequest, slug: str, day: str) -> HttpResponse:
    try:
        since = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound from error
    found = queries.service_by_slug(slug)
    shown = queries.shown_terms(queries.terms_of_day(found, since))
    context = {
        "service": found,
        "name": queries.service_name(found),
        "shown": shown,
        "others": [row for row in queries.terms_of(shown.terms.service if shown else found) if row.since != since],
    }
    return render(request, "catalogue/terms.html", context)
