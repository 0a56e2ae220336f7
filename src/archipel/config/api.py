# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON API: one router an app, tokens with scopes, refusals as their status and code."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from archipel.identity.operations import SecondFactorNeeded
from archipel.kernel.refusals import BodyTooLong, Invalid, NotSignedIn, Refusal
from archipel.organisations.access import waits_for_second_factor

APPS_WITH_API = [
    "identity",
    "organisations",
    "catalogue",
    "agreements",
    "machines",
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


class Unreadable(Invalid):
    """The body is no JSON, or not in UTF-8."""

    code = "unreadable"
    message = _("What was sent could not be read: it should be JSON in UTF-8.")


class NotAsExpected(Invalid):
    """Fields that are missing or of another kind; ``details`` names each with what is wrong (pydantic's word for it)."""

    code = "not_as_expected"
    message = _("Missing, or not of the kind that is expected: %(fields)s.")

    def __str__(self) -> str:
        return str(self.text) % {"fields": ", ".join(self.details["fields"])}


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if refusal.status in {403, 404} and waits_for_second_factor(getattr(request, "user", None)):
        refusal = SecondFactorNeeded()
    answer = {"code": refusal.code, "message": str(refusal), "field": refusal.field, "details": refusal.details}
    return api.create_response(request, answer, status=refusal.status)


@api.exception_handler(ValidationError)
def not_as_expected(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    # The place begins with where the value came from and the name of our own parameter: nobody's business.
    fields = {_field_of(error["loc"]): str(error["type"]) for error in problem.errors}
    return refused(request, NotAsExpected(field=next(iter(fields), ""), fields=fields))


def _field_of(place: tuple[str | int, ...]) -> str:
    inside = place[2:] if place[0] == "body" else place[1:]
    return ".".join(str(part) for part in inside) or "body"


@api.exception_handler(HttpError)
def not_read(request: HttpRequest, _problem: HttpError) -> HttpResponse:
    return refused(request, Unreadable())


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, _problem: AuthenticationError) -> HttpResponse:
    return refused(request, NotSignedIn())


@api.exception_handler(RequestDataTooBig)
def too_long(request: HttpRequest, _problem: RequestDataTooBig) -> HttpResponse:
    return refused(request, BodyTooLong())


for name in APPS_WITH_API:
    if find_spec(f"archipel.{name}.api"):
        api.add_router("", import_module(f"archipel.{name}.api").router)
