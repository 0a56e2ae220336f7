# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests and waves for programs: the same rules, operations and refusals as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from archipel.admissions import access, operations, queries
from archipel.admissions.models import PeerHost, Request, Wave
from archipel.catalogue import queries as catalogue
from archipel.identity import limits
from archipel.identity.access import client_address
from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.kernel.refusals import Invalid
from archipel.organisations.access import require_desk

router = Router(tags=["requests"])

HOUR = 3600
REQUESTS_AN_HOUR, CONFIRMATIONS_AN_HOUR = 20, 60
PAGES = 500


class RequestIn(Schema):
    """What the form asks; ``answers`` by key of the service's questions, a choice by its rank."""

    service: str = Field(max_length=60)
    language: str = Field("fr", max_length=8)
    who: Literal["organisation", "individual"] = "organisation"
    organisation_name: str = Field("", max_length=160)
    organisation_kind: str = Field("", max_length=20)
    rna: str = Field("", max_length=30)
    siren: str = Field("", max_length=30)
    founded_year: int | None = None
    fields_of_action: list[str] = Field([], max_length=20)
    town: str = Field("", max_length=5, description="INSEE code.")
    town_text: str = Field("", max_length=120)
    person_name: str = Field(max_length=120)
    email: str = Field(max_length=254)
    tier: str = Field("", max_length=20, description="Id of a size of the service.")
    price_level: str = Field("", max_length=12)
    own_price: str = Field("", max_length=20, description="Euros a year, for the level own.")
    price_reason: str = Field("", max_length=2000)
    wished_address: str = Field("", max_length=63)
    message: str = Field("", max_length=5000)
    answers: dict[str, str] = {}
    redirect_consent: bool = False


class RequestSent(Schema):
    """The same answer whether the address is known here or not."""

    id: str
    state: str
    confirm_before: datetime | None


class RequestOut(Schema):
    id: str
    reference: str | None
    state: str
    version: int
    service: str
    organisation: str
    organisation_id: str | None
    size: str
    price_level: str
    submitted_at: datetime | None
    decided_at: datetime | None
    wave: str | None
    rank: int | None
    agreement: str | None
    space: str | None


class RequestPage(Schema):
    requests: list[RequestOut]
    pages: int


class TokenIn(Schema):
    token: str = Field(max_length=100)


class DecisionIn(Schema):
    decision: Literal["accept", "waiting", "ask", "redirect", "decline", "reopen"]
    version: int = Field(description="The one that was read; another one answers 409.")
    words: str = Field("", max_length=5000)
    reason: str = Field("", max_length=24)
    peer: str = Field("", max_length=20)
    place: str = Field("", max_length=20, description="Id of the wave whose place is taken.")
    agreed_cents: int | None = Field(None, ge=0, description="Price a year, in cents.")


class WaveIn(Schema):
    service: str = Field(max_length=60)
    names: dict[str, str]
    criteria: dict[str, str] = {}
    opens_at: datetime
    closes_at: datetime
    capacity: int
    order: Literal["date", "lot"] = "date"


class WaveOut(Schema):
    id: str
    service: str
    names: dict[str, str]
    criteria: dict[str, str]
    state: str
    opens_at: datetime
    closes_at: datetime
    capacity: int
    order: str
    seed_hash: str
    seed: str


def _shown(request: Request) -> RequestOut:
    return RequestOut(
        id=request.public_id,
        reference=request.reference,
        state=request.state,
        version=request.version,
        service=request.service.slug,
        organisation=request.organisation_name,
        organisation_id=request.organisation.public_id if request.organisation else None,
        size=queries.size_of(request),
        price_level=request.price_level,
        submitted_at=request.submitted_at,
        decided_at=request.decided_at,
        wave=request.wave.public_id if request.wave else None,
        rank=request.draw_rank,
        agreement=request.agreement.public_id if request.agreement else None,
        space=request.space.public_id if request.space else None,
    )


def _wave_shown(wave: Wave) -> dict[str, Any]:
    fields = ("names", "criteria", "state", "opens_at", "closes_at", "capacity", "order", "seed_hash", "seed")
    return {"id": wave.public_id, "service": wave.service.slug} | {name: getattr(wave, name) for name in fields}


def _person(request: HttpRequest) -> Person:
    return request.auth  # type: ignore[attr-defined, no-any-return]  # set by ninja


@router.post("/requests", response={202: RequestSent}, auth=None, operation_id="requestSpace")
def request_space(request: HttpRequest, typed: RequestIn) -> Any:
    """Ask for a service; a link that confirms is mailed. Errors by field are in ``details.errors``."""
    limits.check(request, "request-send", REQUESTS_AN_HOUR, HOUR)
    values = typed.dict(exclude={"service", "language", "answers", "founded_year", "redirect_consent"})
    values |= {f"question_{key}": answer for key, answer in typed.answers.items()}
    values["founded_year"] = "" if typed.founded_year is None else str(typed.founded_year)
    values["redirect_consent"] = "yes" if typed.redirect_consent else ""
    service = catalogue.shown_service(typed.service)
    sent = operations.ask(service=service, language=typed.language, typed=values)
    return Status(202, {"id": sent.public_id, "state": sent.state, "confirm_before": sent.confirm_expires_at})


@router.post("/requests/confirm", response=RequestOut, auth=None, operation_id="confirmAddress")
def confirm_address(request: HttpRequest, given: TokenIn) -> Any:
    """Confirm the address by the token of the mailed link; works once."""
    limits.check(request, "request-confirm", CONFIRMATIONS_AN_HOUR, HOUR)
    confirmed = operations.confirm_address(token=given.token)
    return _shown(queries.request_by_id(confirmed.public_id))


@router.get("/requests", response=RequestPage, auth=TokenAuth("requests:decide"), operation_id="listRequests")
def list_requests(
    request: HttpRequest, show: str = "to_decide", service: str = "", wave: str = "", page: int = 1
) -> Any:
    """The desk's list, oldest first, by 20; ``show`` is a filter of the page, or ``all``."""
    require_desk(_person(request), "decide")
    found = queries.desk_list(show=show, service=service, wave=wave, page=max(1, min(PAGES, page)))
    return {"requests": [_shown(line.request) for line in found.object_list], "pages": found.paginator.num_pages}


@router.get(
    "/requests/{public_id}",
    response=RequestOut,
    auth=TokenAuth("requests:write", "requests:decide"),
    operation_id="getRequest",
)
def get_request(request: HttpRequest, public_id: str) -> Any:
    """A request, for its asker, the people of its organisation, or the desk."""
    return _shown(access.request_of(_person(request), public_id))


@router.post(
    "/requests/{public_id}/decision",
    response=RequestOut,
    auth=TokenAuth("requests:decide"),
    operation_id="decideRequest",
)
def decide_request(request: HttpRequest, public_id: str, given: DecisionIn) -> Any:
    """Answer a request. 409 ``already_decided`` when somebody was faster: ``details`` say who, what, when."""
    person = _person(request)
    asked = access.request_for_desk(person, public_id)
    if given.decision == "reopen":
        operations.reopen(request=asked, by=person, version=given.version, words=given.words)
    else:
        operations.decide(
            request=asked,
            decision=given.decision,
            by=person,
            version=given.version,
            words=given.words,
            reason=given.reason,
            peer=_peer(given.peer),
            agreed_cents=given.agreed_cents,
            place=queries.wave_by_id(given.place) if given.place else None,
        )
    return _shown(queries.request_by_id(public_id))


def _peer(public_id: str) -> PeerHost | None:
    return PeerHost.objects.filter(public_id=public_id).first() if public_id else None


@router.post(
    "/requests/{public_id}/withdrawal",
    response=RequestOut,
    auth=TokenAuth("requests:write"),
    operation_id="withdrawRequest",
)
def withdraw_request(request: HttpRequest, public_id: str) -> Any:
    """Take a request back, before it is agreed to."""
    person = _person(request)
    operations.withdraw(request=access.request_to_withdraw(person, public_id), by=person)
    return _shown(queries.request_by_id(public_id))


@router.post("/requests/{public_id}/agreement", response=RequestOut, auth=None, operation_id="agreeToRequest")
def agree_to_request(request: HttpRequest, public_id: str, given: TokenIn) -> Any:
    """Agree, by the token of the link mailed to the referent; again is the same."""
    limits.check(request, "agree", CONFIRMATIONS_AN_HOUR, HOUR)
    operations.agree(public_id=public_id, token=given.token, from_address=client_address(request)[0])
    return _shown(queries.request_by_id(public_id))


@router.post("/waves", response={201: WaveOut}, auth=TokenAuth("waves:write"), operation_id="planWave")
def plan_wave(request: HttpRequest, given: WaveIn) -> Any:
    """Announce a wave; instants carry their zone."""
    person = _person(request)
    require_desk(person, "waves")
    for name in ("opens_at", "closes_at"):
        if getattr(given, name).tzinfo is None:
            raise Invalid(field=name)
    values = given.dict(exclude={"service"})
    wave = operations.plan_wave(service=catalogue.service_by_slug(given.service), by=person, **values)
    return Status(201, _wave_shown(wave))


@router.get("/waves/{public_id}", response=WaveOut, auth=None, operation_id="getWave")
def get_wave(request: HttpRequest, public_id: str) -> Any:
    """What is public of a wave."""
    return _wave_shown(queries.wave_by_id(public_id))


@router.post("/waves/{public_id}/open", response=WaveOut, auth=TokenAuth("waves:write"), operation_id="openWave")
def open_wave(request: HttpRequest, public_id: str) -> Any:
    """Open a planned wave now."""
    person = _person(request)
    return _wave_shown(operations.open_wave(wave=access.wave_for_desk(person, public_id), by=person))


@router.post("/waves/{public_id}/close", response=WaveOut, auth=TokenAuth("waves:write"), operation_id="closeWave")
def close_wave(request: HttpRequest, public_id: str) -> Any:
    """Close an open wave now, and rank what it received."""
    person = _person(request)
    return _wave_shown(operations.close_wave(wave=access.wave_for_desk(person, public_id), by=person))


@router.post("/waves/{public_id}/cancel", response=WaveOut, auth=TokenAuth("waves:write"), operation_id="cancelWave")
def cancel_wave(request: HttpRequest, public_id: str) -> Any:
    """Cancel a wave; what it received stays, to be decided."""
    person = _person(request)
    return _wave_shown(operations.cancel_wave(wave=access.wave_for_desk(person, public_id), by=person))
