# SPDX-License-Identifier: AGPL-3.0-or-later
"""What machines need of a human of the host."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.design.moments import size_in_words as size
from archipel.kernel.today import TodayLine
from archipel.machines.models import Machine
from archipel.machines.ports import Load
from archipel.machines.queries.desk import engine_view
from archipel.machines.queries.places import place_lines
from archipel.machines.queries.states import DISK_LOW, disk_tone
from archipel.machines.wiring import spaces_on_machines

NAMED = 3
Tone = Literal["", "care", "stop"]


def today_lines(limit: int = 100) -> list[TodayLine]:
    """Return machines that are lost, an engine that is silent, disks nearly full, machines to empty or to describe;
    and places for back-ups that fail, keys kept nowhere else."""
    return [
        *_engine(), *_lost(limit), *_disks(limit), *_to_empty(limit), *_to_describe(limit), *place_lines(limit)
    ]  # fmt: skip


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


def _lost(limit: int) -> list[TodayLine]:
    rows = list(Machine.objects.filter(lost_at__isnull=False, retired_at=None).order_by("lost_at", "pk")[:limit])
    loads = spaces_on_machines().loads() if rows else {}
    return [
        _line(
            row,
            row.lost_at or row.created_at,
            badge=_("Machine lost"),
            title=_("The machine %(name)s answers no more") % {"name": row.name},
            detail=_what_is_down(row, loads.get(row.public_id, Load())),
            tone="stop",
        )
        for row in rows
    ]


def _what_is_down(row: Machine, load: Load) -> str:
    if not load.spaces:
        return _("No space lives there: what ran there was started elsewhere. Look at the machine, or retire it.")
    there = spaces_on_machines().on(row.public_id, limit=NAMED)
    words = ngettext(
        "%(count)d space is down: %(names)s. Bring the machine back, or restore it elsewhere from its back-up.",
        "%(count)d spaces are down: %(names)s. Bring the machine back, or restore them elsewhere from their back-ups.",
        load.spaces,
    )
    names = ", ".join(space.title for space in there) + ("…" if load.spaces > len(there) else "")
    return words % {"count": load.spaces, "names": names}


def _disks(limit: int) -> list[TodayLine]:
    low = F("disk_bytes") * DISK_LOW / 100
    rows = Machine.objects.filter(disk_free_bytes__lt=low, retired_at=None, lost_at=None).order_by("disk_at", "pk")
    return [
        _line(
            row,
            row.disk_at or row.created_at,
            badge=_("Disk nearly full"),
            title=_("%(free)s left on the disk of %(name)s") % {"free": size(row.disk_free_bytes), "name": row.name},
            detail=_("A full disk stops databases. Move a space away, or add a disk."),
            tone="stop" if disk_tone(row) == "stop" else "care",
        )
        for row in rows[:limit]
    ]


def _to_empty(limit: int) -> list[TodayLine]:
    rows = list(
        Machine.objects.filter(draining=True, drain_all=False, retired_at=None, lost_at=None)
        .exclude(node_id="")
        .order_by("asked_at", "pk")[:limit]
    )
    loads = spaces_on_machines().loads() if rows else {}
    return [
        _line(
            row,
            row.asked_at or row.created_at,
            badge=_("To be emptied"),
            title=_("The machine %(name)s is to be emptied") % {"name": row.name},
            detail=_how_many_stay(loads[row.public_id].spaces),
            tone="care",
        )
        for row in rows
        if loads.get(row.public_id, Load()).spaces
    ]


def _how_many_stay(spaces: int) -> str:
    words = ngettext(
        "%(count)d space lives there and does not move by itself: move it first.",
        "%(count)d spaces live there and do not move by themselves: move them first.",
        spaces,
    )
    return words % {"count": spaces}


def _to_describe(limit: int) -> list[TodayLine]:
    rows = Machine.objects.filter(site=None, retired_at=None).order_by("created_at", "pk")
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
        for row in rows[:limit]
    ]
