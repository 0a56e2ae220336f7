# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from ninja import Router, Schema, Status

from archipel.identity import limits
from archipel.identity import queries as identity
from archipel.identity.api import Problem
from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.kernel.refusals import NotFound
from archipel.organisations import access, operations, queries

router = Router(tags=["organisations"])


class Member(Schema):
    person_id: str
    name: str
    role: str
    last_day: date | None = None


class OrganisationRead(Schema):
    id: str
    name: str
    kind: str
    role: str = ""


class Invited(Schema):
    id: str
    email: str
    role: str
    expires_at: datetime


class InvitationAsked(Schema):
    email: str
    role: str
    name: str = ""


class InvitationAnswer(Schema):
    token: str
    name: str = ""
    passphrase: str = ""


class Accepted(Schema):
    person_id: str
    organisations: list[OrganisationRead]


@router.get(
    "/organisations",
    operation_id="listOrganisations",
    summary="The organisations I belong to, with my role",
    response={200: list[OrganisationRead], 401: Problem},
    auth=TokenAuth("me:read"),
)
def list_organisations(request: HttpRequest) -> Any:
    return _organisations_of(request.auth)  # type: ignore[attr-defined]  # set by ninja


@router.get(
    "/organisations/{organisation_id}/people",
    operation_id="listPeople",
    summary="The people of an organisation",
    response={200: list[Member], 401: Problem, 404: Problem},
    auth=TokenAuth("me:read"),
)
def list_people(request: HttpRequest, organisation_id: str) -> Any:
    organisation = access.organisation_of(request.auth, organisation_id)  # type: ignore[attr-defined]  # set by ninja
    return [
        {
            "person_id": role.person.public_id,
            "name": role.person.name,
            "role": role.role,
            "last_day": role.last_day,
        }
        for role in queries.people_of(organisation)
    ]


@router.post(
    "/organisations/{organisation_id}/invitations",
    operation_id="inviteMember",
    summary="Invite somebody by mail",
    response={201: Invited, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem},
    auth=TokenAuth("organisations:write"),
)
def invite_member(request: HttpRequest, organisation_id: str, asked: InvitationAsked) -> Any:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    organisation = access.organisation_of(person, organisation_id)
    access.require(person, organisation, "invite")
    limits.check(f"organisation:{organisation.pk}", "invite", 30, 3600)
    made = operations.invite(organisation=organisation, by=person, **asked.dict())
    return Status(201, {"id": made.public_id, "email": made.email, "role": made.role, "expires_at": made.expires_at})


@router.delete(
    "/organisations/{organisation_id}/people/{person_id}",
    operation_id="removeMember",
    summary="Remove somebody from an organisation, or leave it",
    response={204: None, 401: Problem, 403: Problem, 404: Problem, 409: Problem},
    auth=TokenAuth("organisations:write"),
)
def remove_member(request: HttpRequest, organisation_id: str, person_id: str) -> Any:
    me: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    organisation = access.organisation_of(me, organisation_id)
    person = identity.person_by_public_id(person_id)
    if person is None:
        raise NotFound
    if person.pk != me.pk:
        access.require(me, organisation, "remove")
    operations.remove_person(organisation=organisation, person=person, by=me)
    return Status(204, None)


def _anyone(request: HttpRequest) -> AnonymousUser | None:
    """Let in without a token: the secret of an invitation is its link. A token that was sent must be a good one."""
    return None if request.headers.get("Authorization") else AnonymousUser()


@router.post(
    "/invitations/accept",
    operation_id="acceptInvitation",
    summary="Accept an invitation by the token of its link, with a name and a passphrase or as the signed-in person",
    response={200: Accepted, 401: Problem, 404: Problem, 409: Problem, 410: Problem, 422: Problem, 429: Problem},
    auth=[TokenAuth("organisations:write"), _anyone],
)
def accept_invitation(request: HttpRequest, answer: InvitationAnswer) -> Any:
    limits.check(request, "invitation", 60, 600)
    known = request.auth if isinstance(request.auth, Person) else None  # type: ignore[attr-defined]  # set by ninja
    person = operations.accept_invitation(person=known, **answer.dict())
    return {"person_id": person.public_id, "organisations": _organisations_of(person)}


def _organisations_of(person: Person) -> list[dict[str, str]]:
    return [
        {
            "id": role.organisation.public_id,
            "name": role.organisation.name,
            "kind": role.organisation.kind,
            "role": role.role,
        }
        for role in queries.roles_of(person)
    ]
