# SPDX-License-Identifier: AGPL-3.0-or-later
"""The own names of a space, for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status

from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.spaces import access, operations, queries
from archipel.spaces.api.router import router


class RecordOut(Schema):
    kind: str
    name: str
    expected: list[str]
    observed: list[str]
    right: bool


class DomainOut(Schema):
    """``main``: it is, or is to be once it works, where visitors are led. ``problem`` is a code, empty when all is right."""

    id: str
    name: str
    state: str
    main: bool
    problem: str
    problem_words: str
    checked_at: datetime | None
    next_check_at: datetime | None
    records: list[RecordOut]


class DomainsOut(Schema):
    address: str
    main: str
    domains: list[DomainOut]


class DomainIn(Schema):
    name: str


def _person(request: HttpRequest) -> Person:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    return person


def _line(line: queries.DomainView) -> dict[str, Any]:
    return {**asdict(line), "id": line.domain_id, "name": line.ascii or line.name}


def _one(request: HttpRequest, space_id: str, domain_id: str) -> dict[str, Any]:
    view = queries.domains_view(access.space_of(_person(request), space_id, "close"))
    return next(_line(line) for line in view.lines if line.domain_id == domain_id)


@router.get(
    "/spaces/{space_id}/domains", response=DomainsOut, auth=TokenAuth("spaces:read"), operation_id="listDomains"
)
def list_domains(request: HttpRequest, space_id: str) -> dict[str, Any]:
    view = queries.domains_view(access.space_of(_person(request), space_id, "close"))
    return {"address": view.address, "main": view.main, "domains": [_line(line) for line in view.lines]}


@router.post(
    "/spaces/{space_id}/domains",
    response={201: DomainOut},
    auth=TokenAuth("spaces:write"),
    operation_id="addDomain",
)
def add_domain(request: HttpRequest, space_id: str, typed: DomainIn) -> Status[dict[str, Any]]:
    person = _person(request)
    space = access.space_of(person, space_id, "close")
    domain = operations.add_domain(space=space, name=typed.name, by=person)
    return Status(201, _one(request, space_id, domain.public_id))


@router.post(
    "/spaces/{space_id}/domains/{domain_id}/check",
    response={202: DomainOut},
    auth=TokenAuth("spaces:write"),
    operation_id="checkDomain",
)
def check_domain(request: HttpRequest, space_id: str, domain_id: str) -> Status[dict[str, Any]]:
    """Have the records looked at now; the answer is what was known before."""
    operations.ask_check(domain=access.domain_of(_person(request), space_id, domain_id))
    return Status(202, _one(request, space_id, domain_id))


@router.post(
    "/spaces/{space_id}/domains/{domain_id}/main",
    response=DomainOut,
    auth=TokenAuth("spaces:write"),
    operation_id="makeMainDomain",
)
def make_main_domain(request: HttpRequest, space_id: str, domain_id: str) -> dict[str, Any]:
    person = _person(request)
    operations.make_main_domain(domain=access.domain_of(person, space_id, domain_id), by=person)
    return _one(request, space_id, domain_id)


@router.delete(
    "/spaces/{space_id}/domains/{domain_id}",
    response={204: None},
    auth=TokenAuth("spaces:write"),
    operation_id="removeDomain",
)
def remove_domain(request: HttpRequest, space_id: str, domain_id: str) -> Status[None]:
    person = _person(request)
    operations.remove_domain(domain=access.domain_of(person, space_id, domain_id), by=person)
    return Status(204, None)
