# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON API: one router an app, tokens with scopes, refusals as their status and code."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from archipel.kernel.refusals import Refusal

APPS_WITH_API = [
    "identity",
    "organisations",
    "catalogue",
    "agreements",
    "spaces",
    "admissions",
    "procedures",
    "mailing",
    "portal",
]

api = NinjaAPI(
    title="Archipel",
    version="1",
    description="What the pages do, for programs: the same operations, the same refusals.",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    answer = {"code": refusal.code, "message": str(refusal), "field": refusal.field, "details": refusal.details}
    return api.create_response(request, answer, status=refusal.status)


for name in APPS_WITH_API:
    if find_spec(f"archipel.{name}.api"):
        api.add_router("", import_module(f"archipel.{name}.api").router)
