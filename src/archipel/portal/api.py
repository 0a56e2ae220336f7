# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Router, Schema
from pydantic import Field

from archipel.host import queries as host
from archipel.identity.api import Problem
from archipel.identity.tokens import TokenAuth
from archipel.kernel import clock
from archipel.organisations.access import require_desk
from archipel.portal import launcher, operations, queries

router = Router(tags=["portal"])


class TodayOut(Schema):
    since: datetime
    kind: str
    title: str
    detail: str
    act: str
    url: str


class ClockIn(Schema):
    days: int = Field(ge=0, le=3660, description="How far forward, in days.")


class ClockOut(Schema):
    now: datetime


class LauncherPerson(Schema):
    id: str
    name: str
    language: str


class LauncherHost(Schema):
    name: str
    url: str


class LauncherOrganisation(Schema):
    id: str
    name: str


class LauncherTile(Schema):
    """``kind`` is ``space`` or ``application``; ``apart`` tells it from others of the same title; ``icon`` a word such as ``cloud``, ``mail``, ``calendar``, ``key``."""

    kind: str
    id: str
    title: str
    apart: str
    note: str
    icon: str
    url: str
    organisations: list[LauncherOrganisation]


class LauncherOut(Schema):
    person: LauncherPerson
    host: LauncherHost
    tiles: list[LauncherTile]


@router.get(
    "/launcher",
    operation_id="getLauncher",
    summary="Who the token belongs to and what they may enter: the host's menu, to be shown inside an application",
    response={200: LauncherOut, 401: Problem, 403: Problem},
    auth=TokenAuth("launcher"),
)
def get_launcher(request: HttpRequest, response: HttpResponse) -> Any:
    person: Any = request.auth  # type: ignore[attr-defined]  # set by ninja
    known_as: str = request.known_as  # type: ignore[attr-defined]  # set beside it
    # An application asks from its server: the language is that of the person, not of the program.
    with translation.override(person.language):
        tiles = [_tile(tile, groups) for tile, groups in launcher.once(launcher.tiles_of(person))]
    response["Cache-Control"] = "private, no-store"
    here = host.current()
    return {
        "person": {"id": known_as, "name": person.name, "language": person.language},
        "host": {"name": here.name, "url": f"{here.portal_url}/home/"},
        "tiles": tiles,
    }


def _tile(tile: launcher.Tile, groups: list[launcher.Group]) -> dict[str, Any]:
    return {
        "kind": tile.kind,
        "id": tile.public_id,
        "title": tile.title,
        "apart": tile.apart,
        "note": tile.note,
        "icon": tile.icon,
        "url": launcher.absolute(tile),
        "organisations": [{"id": group.organisation_id, "name": group.name} for group in groups],
    }


@router.get("/today", auth=TokenAuth("requests:decide"), response=list[TodayOut], operation_id="getToday")
def get_today(request: HttpRequest, page: int = 1) -> Any:
    """What needs a human of the host, oldest first, by 20."""
    person: Any = request.auth  # type: ignore[attr-defined]  # set by ninja
    require_desk(person, "today")
    return queries.today(person, page=max(1, page)).lines


@router.post(
    "/demonstration/clock", auth=TokenAuth("requests:decide"), response=ClockOut, operation_id="moveDemonstrationClock"
)
def move_clock(request: HttpRequest, wanted: ClockIn) -> Any:
    """Move the demonstration clock forward; a real host has no such address (404)."""
    person: Any = request.auth  # type: ignore[attr-defined]  # set by ninja
    require_desk(person, "today")
    return {"now": operations.move_demonstration_clock(by=timedelta(days=wanted.days))}


@router.get("/clock", response=ClockOut, operation_id="getClock")
def get_clock(request: HttpRequest) -> Any:
    """The time it is for this installation (the demonstration's may have been moved)."""
    return {"now": clock.now()}
