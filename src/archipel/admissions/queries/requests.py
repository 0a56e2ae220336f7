# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests as lists and as one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from archipel.admissions.models import Request, Wave
from archipel.admissions.states import LABELS, TO_DECIDE, TONES
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Service
from archipel.identity.models import Person
from archipel.kernel.refusals import NotFound

PAGE = 20
# Filters of the desk's list, in the order they are shown: "to decide" is what the list opens on.
FILTERS = {
    "to_decide": TO_DECIDE,
    "question": ("question",),
    "waiting": ("waiting",),
    "accepted": ("accepted",),
    "opening": ("agreed", "opening"),
    "open": ("open",),
    "declined": ("declined", "redirected", "withdrawn"),
}


@dataclass(frozen=True)
class RequestLine:
    """A request in a list."""

    request: Request
    public_id: str
    reference: str
    title: str
    service: str
    size: str
    state: str | Promise
    tone: str
    since: datetime
    rank: int | None
    version: int
    url: str


def sent_requests() -> QuerySet[Request]:
    """Return the requests whose address was confirmed, with what a line shows."""
    return _sent().select_related("service", "tier__offer__service", "wave")


def _sent() -> QuerySet[Request]:
    # The index by state holds this column: whoever counts thousands of requests reads none of them.
    return Request.objects.filter(submitted_at__isnull=False)


def first_of(rows: QuerySet[Request], limit: int) -> list[Request]:
    """Return the first requests of an ordered query with what a line shows; only these are read whole."""
    return _whole(list(rows.values_list("pk", flat=True)[:limit]))


def _whole(keys: list[int]) -> list[Request]:
    found = sent_requests().in_bulk(keys)
    return [found[key] for key in keys if key in found]


def request_by_id(public_id: str) -> Request:
    """Return a request by public id, drafts included (``NotFound``)."""
    related = ("service", "tier__offer__service", "wave", "place", "organisation", "person", "town", "same_as")
    found = Request.objects.select_related(*related, "agreement", "space", "decided_by", "redirected_to")
    request = found.filter(public_id=public_id).first()
    if request is None:
        raise NotFound
    return request


def request_to_lock(public_id: str) -> Request:
    """Return a request with only its key read, for operations that read it again (``NotFound``)."""
    request = Request.objects.only("pk").filter(public_id=public_id).first()
    if request is None:
        raise NotFound
    return request


def request_of_space(space_id: str) -> Request | None:
    """Return the request a space was opened for (public id of the space)."""
    return Request.objects.select_related("space").filter(space__public_id=space_id).first()


def desk_list(*, show: str = "to_decide", service: str = "", wave: str = "", page: str | int = 1) -> Page[RequestLine]:
    """Return a page of 20 requests, oldest first; a wave shows its own order once it is known."""
    rows = _sent()
    if show in FILTERS:
        rows = rows.filter(state__in=FILTERS[show])
    if service:
        rows = rows.filter(service__slug=service)
    if wave:
        rows = rows.filter(wave__public_id=wave)
    order = [F("draw_rank").asc(nulls_last=True)] if wave else []
    rows = rows.order_by(*order, "submitted_at", "pk")
    found = Paginator(rows.values_list("pk", flat=True), PAGE).get_page(page)
    found.object_list = lines_of(_whole(list(found.object_list)))  # type: ignore[assignment]  # as below
    return found  # type: ignore[return-value]  # a page of keys turned into a page of lines


def lines_of(requests: list[Request], *, for_desk: bool = True) -> list[RequestLine]:
    """Return the lines of requests with one query for the names of their services."""
    names = catalogue.service_names([request.service for request in requests])
    return [_line(request, names[request.service_id], for_desk) for request in requests]


def _line(request: Request, service: str, for_desk: bool) -> RequestLine:
    return RequestLine(
        request=request,
        public_id=request.public_id,
        reference=request.reference or "",
        title=request.organisation_name or _("Removed at the end of the delay"),
        service=service,
        size=size_of(request),
        state=LABELS[request.state],
        tone=TONES.get(request.state, ""),
        since=request.submitted_at or request.created_at,
        rank=request.draw_rank,
        version=request.version,
        url=reverse("desk-request" if for_desk else "request", args=[request.public_id]),
    )


def size_of(request: Request) -> str:
    """Return the size asked for in words; empty when nothing is counted."""
    if request.tier is None or request.tier.amount is None:
        return ""
    return catalogue.tier_label(request.tier)


def counts_by_filter(*, service: str = "", wave: str = "") -> dict[str, int]:
    """Return how many requests each filter of the list holds."""
    rows = _sent()
    if service:
        rows = rows.filter(service__slug=service)
    if wave:
        rows = rows.filter(wave__public_id=wave)
    states: dict[str, int] = dict(rows.values_list("state").annotate(Count("pk")).order_by())
    return {name: sum(states.get(state, 0) for state in wanted) for name, wanted in FILTERS.items()}


def requested_services() -> list[tuple[str, str]]:
    """Return slug and name of the services that were ever asked for."""
    asked_for = Exists(_sent().filter(service=OuterRef("pk")))
    services = list(Service.objects.filter(asked_for).order_by("position", "slug"))
    names = catalogue.service_names(services)
    return [(service.slug, names[service.pk]) for service in services]


def waves_to_filter() -> list[Wave]:
    """Return the waves that received something, latest first."""
    return list(Wave.objects.filter(Exists(Request.objects.filter(wave=OuterRef("pk")))).order_by("-opens_at")[:20])


def others_of(request: Request) -> list[RequestLine]:
    """Return the other requests of the same organisation, or sent from the same address, latest first."""
    theirs = Q(pk__in=[])
    if request.organisation_id:
        theirs |= Q(organisation_id=request.organisation_id)
    if request.email:  # kept in small letters
        theirs |= Q(email=request.email)
    return lines_of(list(sent_requests().filter(theirs).exclude(pk=request.pk).order_by("-submitted_at")[:10]))


def of_person(person: Person) -> list[RequestLine]:
    """Return the requests of a person, latest first."""
    rows = sent_requests().filter(person=person).order_by("-submitted_at")[:50]
    return lines_of(list(rows), for_desk=False)


def of_organisation(organisation_id: int) -> list[RequestLine]:
    """Return the requests of an organisation (by primary key), latest first."""
    rows = sent_requests().filter(organisation_id=organisation_id).order_by("-submitted_at")[:50]
    return lines_of(list(rows), for_desk=False)


def neighbours(request: Request) -> tuple[str, str]:
    """Return the public ids of the requests to decide just before and after this one; empty at the ends."""
    rows = Request.objects.filter(state__in=TO_DECIDE).exclude(pk=request.pk)
    sent = request.submitted_at
    before = rows.filter(submitted_at__lt=sent).order_by("-submitted_at").values_list("public_id", flat=True).first()
    after = rows.filter(submitted_at__gt=sent).order_by("submitted_at").values_list("public_id", flat=True).first()
    return before or "", after or ""


def csv_rows(*, show: str = "", service: str = "", wave: str = "") -> Iterator[tuple[str, ...]]:
    """Return the desk's list as rows of a table, headings first; every page of it."""
    yield (_("Reference"), _("Received on"), _("Organisation"), _("Service"), _("Size"), _("State"), _("Rank"))
    number = 1
    while True:
        page = desk_list(show=show, service=service, wave=wave, page=number)
        for line in page.object_list:
            rank = "" if line.rank is None else str(line.rank)
            yield (line.reference, line.since.isoformat(), line.title, line.service, line.size, str(line.state), rank)
        if not page.has_next():
            return
        number += 1
