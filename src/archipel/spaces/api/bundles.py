# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring a bundle back, for programs: the zip is the body of the request."""

from __future__ import annotations

import tempfile
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status

from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.spaces import access, operations
from archipel.spaces.api.router import router
from archipel.spaces.models import Restoration

IN_MEMORY = 1024 * 1024
_CHUNK = 256 * 1024


class RestorationOut(Schema):
    """``state``: waiting, running, done or refused; ``people`` counts who was there, joined, was invited, was left out."""

    id: str
    state: str
    problem: str
    about: str
    people: dict[str, int]
    asked_at: datetime
    ended_at: datetime | None


def _restoration(row: Restoration) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "state": row.state,
        "problem": row.problem,
        "about": row.about,
        "people": row.people,
        "asked_at": row.asked_at,
        "ended_at": row.ended_at,
    }


def _person(request: HttpRequest) -> Person:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    return person


@router.post(
    "/spaces/{space_id}/bundles",
    response={202: RestorationOut},
    auth=TokenAuth("spaces:write"),
    operation_id="bringBundle",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def bring_bundle(request: HttpRequest, space_id: str, with_people: bool = True) -> Status[dict[str, Any]]:
    """Put a bundle into a space; nothing is touched before every byte is verified, and what is there is exported first."""
    person = _person(request)
    space = access.space_of(person, space_id, "close")
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as archive:
        while piece := request.read(_CHUNK):
            archive.write(piece)
        archive.seek(0)
        row = operations.bring_bundle(space=space, archive=archive, by=person, with_people=with_people)
    return Status(202, _restoration(row))


@router.get(
    "/spaces/{space_id}/bundles/{restoration_id}",
    response=RestorationOut,
    auth=TokenAuth("spaces:read"),
    operation_id="getRestoration",
)
def get_restoration(request: HttpRequest, space_id: str, restoration_id: str) -> dict[str, Any]:
    return _restoration(access.restoration_of(_person(request), space_id, restoration_id))
