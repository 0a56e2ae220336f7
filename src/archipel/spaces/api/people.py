# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who enters a space, and as what, for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.spaces import access, operations, queries
from archipel.spaces.api.router import router
from archipel.spaces.queries.people import EntrantLine


class EntrantOut(Schema):
    """``role`` is one of ``roles``; empty: does not enter. ``own``: it was set for this person alone."""

    id: str
    name: str
    role: str
    own: bool


class EntrantsOut(Schema):
    roles: list[str]
    people: list[EntrantOut]


class RoleIn(Schema):
    """``role``: one that the space knows, empty for not at all, null for what follows from the role in the organisation."""

    role: str | None


def _line(line: EntrantLine) -> dict[str, Any]:
    return {"id": line.person.public_id, "name": line.person.name, "role": line.role, "own": line.own is not None}


def _person(request: HttpRequest) -> Person:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    return person


@router.get(
    "/spaces/{space_id}/people", response=EntrantsOut, auth=TokenAuth("spaces:read"), operation_id="listSpacePeople"
)
def list_people(request: HttpRequest, space_id: str) -> dict[str, Any]:
    space = access.space_of(_person(request), space_id)
    roles = [role for role, _words in queries.roles_of(space)]
    return {"roles": roles, "people": [_line(line) for line in queries.entrants_of(space)]}


@router.put(
    "/spaces/{space_id}/people/{person_id}",
    response=EntrantOut,
    auth=TokenAuth("organisations:write"),
    operation_id="changeSpaceRole",
)
def change_role(request: HttpRequest, space_id: str, person_id: str, typed: RoleIn) -> dict[str, Any]:
    me = _person(request)
    space, person = access.person_in_space(me, space_id, person_id)
    operations.change_space_role(space=space, person=person, role=typed.role, by=me)
    return _line(queries.entrant_of(space, person))
