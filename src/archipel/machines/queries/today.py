# SPDX-License-Identifier: AGPL-3.0-or-later
"""What machines need of a human of the host."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.design.moments import size_in_words as size
from archipel.kernel.today import TodayLine
from archipel.machines.models import Machine
from archipel.machines.ports import Load
from archipel.machines.queries.desk import engine_view
from archipel.machines.queries.places import place_lines
from archipel.machines.queries.states import TO_EMPTY, disk_tone, standing_of
from archipel.machines.wiring import spaces_on_machines

NAMED = 3
Tone = Literal["", "care", "stop"]


def today_lines(limit: int = 100) -> list[TodayLine]:
    """Return machines that are lost, an engine that is silent, disks nearly full, machines to empty or to describe;
    and places for back-ups that fail, keys kept nowhere else. Three questions of machines, whatever their number."""
    rows = list(Machine.objects.filter(retired_at=None).order_by("created_at", "pk"))
    loads = spaces_on_machines().loads() if any(row.lost_at or row.draining for row in rows) else {}
    lines = [*_engine(), *_lost(rows, loads), *_disks(rows), *_to_empty(rows, loads), *_to_describe(rows)]
    return [*lines[:limit], *place_lines(limit)]


def _line(machine: Machine, since: datetime, *, tone: Tone, act: str = "", **words: str) -> TodayLine:
    url = reverse("desk-machine", args=[machine.public_id])
    return TodayLine(
        since=since, kind="machine", act=act or _("Look at it"), url=url, verb="operate", tone=tone,
        public_id=machine.public_id, **words,
    )  # fmt: skip


def _engine() -> list[TodayLine]:
    engine = engine_view()
    if not engine.silent or engine.seen is None or engine.seen.silent_since is None:
        return []
    return [
        TodayLine(
            since=engine.seen.silent_since,
            kind="machine",
            badge=_("Engine silent"),
            title=_("The engine that runs the applications does not answer"),
            detail=_("What runs goes on; nothing is opened, moved or watched until it answers."),
            act=_("Look at the machines"),
            url=reverse("desk-machines"),
            verb="operate",
            tone="stop",
        )
    ]


def _lost(rows: list[Machine], loads: Mapping[str, Load]) -> list[TodayLine]:
    lost = sorted(((row.lost_at, row) for row in rows if row.lost_at), key=lambda pair: pair[0])
    return [
        _line(
            row,
            since,
            badge=_("Machine lost"),
            title=_("The machine %(name)s answers no more") % {"name": row.name},
            detail=_what_is_down(row, loads.get(row.public_id, Load()), named=place < NAMED),
            tone="stop",
        )
        for place, (since, row) in enumerate(lost)
    ]


def _what_is_down(row: Machine, load: Load, *, named: bool) -> str:
    if not load.spaces:
        return _("No space lives there: what ran there was started elsewhere. Look at the machine, or retire it.")
    # Each asks who is there: when half the machines are lost, the first ones are enough.
    there = spaces_on_machines().on(row.public_id, limit=NAMED) if named else []
    words = ngettext(
        "%(count)d space is down: %(names)s. Bring the machine back, or restore it elsewhere from its back-up.",
        "%(count)d spaces are down: %(names)s. Bring the machine back, or restore them elsewhere from their back-ups.",
        load.spaces,
    )
    names = ", ".join(space.title for space in there) + ("…" if load.spaces > len(there) else "")
    return words % {"count": load.spaces, "names": names}


def _disks(rows: list[Machine]) -> list[TodayLine]:
    return [
        _line(
            row,
            row.disk_at or row.created_at,
            badge=_("Disk nearly full"),
            title=_("%(free)s left on the disk of %(name)s") % {"free": size(row.disk_free_bytes), "name": row.name},
            detail=_("A full disk stops databases. Move a space away, or add a disk."),
            tone="stop" if disk_tone(row) == "stop" else "care",
        )
        for row in rows
        if disk_tone(row) and not row.lost_at
    ]


def _to_empty(rows: list[Machine], loads: Mapping[str, Load]) -> list[TodayLine]:
    return [
        _line(
            row,
            row.asked_at or row.created_at,
            badge=_("To be emptied"),
            title=_("The machine %(name)s is to be emptied") % {"name": row.name},
            detail=_how_many_stay(load.spaces),
            tone="care",
        )
        for row in rows
        if standing_of(row, load := loads.get(row.public_id, Load())) is TO_EMPTY
    ]


def _how_many_stay(spaces: int) -> str:
    words = ngettext(
        "%(count)d space lives there and does not move by itself: move it first.",
        "%(count)d spaces live there and do not move by themselves: move them first.",
        spaces,
    )
    return words % {"count": spaces}


def _to_describe(rows: list[Machine]) -> list[TodayLine]:
    return [
        _line(
            row,
            row.created_at,
            badge=_("To complete"),
            title=_("Where does the machine %(name)s stand, and whose is it?") % {"name": row.name},
            detail=_("Nobody has described it yet. Organisations ask where their data is."),
            act=_("Describe it"),
            tone="",
        )
        for row in rows
        if row.site_id is None
    ]
