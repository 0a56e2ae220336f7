# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from archipel.identity.tokens import TokenAuth
from archipel.kernel import clock
from archipel.organisations.access import require_desk
from archipel.portal import operations, queries

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
