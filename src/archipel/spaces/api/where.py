# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the data of an organisation is, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.machines.queries import Standpoint
from archipel.organisations.access import organisation_of
from archipel.spaces import queries
from archipel.spaces.api.router import router
from archipel.spaces.queries.where import DeclaredLine, SpaceWhere


class StandsOn(Schema):
    """A machine with its place; empty where nobody said it. ``owner`` is empty for the host's own."""

    machine: str
    site: str
    site_run_by: str
    country: str
    ownership: str
    owner: str


class CopyOut(Schema):
    """Where copies are; ``tried_at``: when a restore from there was last tried. ``ok``: fresh, and the last try did not fail."""

    place: str
    site: str
    country: str
    last_at: datetime | None
    tried_at: datetime | None
    ok: bool


class SpaceWhereOut(Schema):
    id: str
    title: str
    service: str
    address: str
    machines: list[StandsOn]
    copies: list[CopyOut]


class DeclaredOut(Schema):
    """A service at another host, as the organisation says; ``stale``: not confirmed for twelve months."""

    id: str
    name: str
    purpose: str
    run_by: str
    country: str
    link: str
    confirmed_on: date
    stale: bool


class ReaderOut(Schema):
    role: str
    people: int


class WhereOut(Schema):
    spaces: list[SpaceWhereOut]
    elsewhere: list[DeclaredOut]
    readers: list[ReaderOut]
    readers_of_host: list[ReaderOut]


@router.get(
    "/organisations/{organisation_id}/where", response=WhereOut, auth=TokenAuth("spaces:read"),
    operation_id="whereIsOurData", summary="Where the data of an organisation is, and who may read it",
)  # fmt: skip
def where_is_our_data(request: HttpRequest, organisation_id: str) -> dict[str, Any]:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    organisation = organisation_of(person, organisation_id)
    readers = queries.readers_of(organisation)
    return {
        "spaces": [_space(space) for space in queries.all_spaces_of(organisation)],
        "elsewhere": [_declared(line) for line in queries.declared_by(organisation)],
        "readers": [{"role": reader.role, "people": reader.people} for reader in readers.ours],
        "readers_of_host": [{"role": reader.role, "people": reader.people} for reader in readers.of_host],
    }


def _space(space: SpaceWhere) -> dict[str, Any]:
    return {
        "id": space.space_id,
        "title": space.title,
        "service": space.service,
        "address": space.address,
        "machines": [_stands(one) for one in space.standpoints],
        "copies": [
            {
                "place": line.seen.place, "site": line.seen.site, "country": line.seen.country, "last_at": line.seen.last_at,
                "tried_at": line.seen.last_drill_at, "ok": line.seen.ok,
            }
            for line in space.copies
        ],
    }  # fmt: skip


def _stands(one: Standpoint) -> dict[str, str]:
    return {
        "machine": one.machine, "site": one.site, "site_run_by": one.site_run_by, "country": one.country_code,
        "ownership": one.ownership, "owner": one.owner,
    }  # fmt: skip


def _declared(line: DeclaredLine) -> dict[str, Any]:
    row = line.service
    return {
        "id": row.public_id, "name": row.name, "purpose": row.purpose, "run_by": row.run_by, "country": row.country, "link": row.link,
        "confirmed_on": row.confirmed_on, "stale": line.stale,
    }  # fmt: skip
