# SPDX-License-Identifier: AGPL-3.0-or-later
"""The spaces of one machine, as the person reads them who moves them away or, when it is lost, decides what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.kernel import clock
from archipel.kernel.today import TodayLine
from archipel.machines.models import Machine
from archipel.procedures import states as procedure_states
from archipel.procedures.models import Procedure
from archipel.spaces.models import Backup, Export, LeftBehind, Space

NAMED = 3


def living_on(machine_id: str) -> QuerySet[Space]:
    """Return the spaces in use whose files are on a machine (its public id), by title."""
    rows = Space.objects.filter(machine__public_id=machine_id, state__in=["open", "closing"]).exclude(connector="")
    return rows.order_by("title", "pk")


@dataclass(frozen=True)
class SpaceOnMachine:
    """A space of a machine: ``data_of`` and ``age`` of its newest copy (None, empty when there is none).

    ``procedure``: what is under way on it, None while it waits for a decision. ``stayed``: the last move away that failed.
    """

    space: Space
    data_of: datetime | None
    age: str
    procedure: Procedure | None
    stayed: Procedure | None


@dataclass(frozen=True)
class MachineSpacesView:
    """The spaces of a machine; ``reopened``: what was opened elsewhere since it was lost."""

    machine: Machine
    spaces: list[SpaceOnMachine]
    reopened: list[LeftBehind]

    @property
    def waiting(self) -> int:
        """Return how many spaces nothing is under way on."""
        return sum(one.procedure is None for one in self.spaces)

    @property
    def to_move(self) -> bool:
        """Return whether its spaces are to be moved away, and run so that they can be."""
        machine = self.machine
        return machine.draining and not (machine.drain_all or machine.lost_at or machine.retired_at)

    @property
    def openable(self) -> int:
        """Return how many of those have a copy: they can be opened elsewhere."""
        return sum(one.procedure is None and one.data_of is not None for one in self.spaces)

    @property
    def without_copy(self) -> int:
        """Return of how many there is nothing to bring back."""
        return sum(one.data_of is None for one in self.spaces)


def machine_spaces_view(machine: Machine) -> MachineSpacesView:
    """Return the spaces of a machine for its page, in six queries whatever their number."""
    spaces = list(living_on(machine.public_id).select_related("organisation"))
    newest, busy, stayed, now = _newest_copies(spaces), _under_way(spaces), _stayed(machine, spaces), clock.now()
    lines = [
        SpaceOnMachine(
            space, at, timesince(at, now, depth=1) if at else "", busy.get(space.public_id), stayed.get(space.public_id)
        )
        for space, at in ((space, newest.get(space.pk)) for space in spaces)
    ]
    left = (
        LeftBehind.objects.filter(machine=machine, data_of__isnull=False)
        .select_related("space__machine")
        .order_by("-since", "-pk")
    )
    return MachineSpacesView(machine, lines, list(left[:50]))


def _newest_copies(spaces: Iterable[Space]) -> dict[int, datetime]:
    """Return of when the newest copy of each space is: an export that can be fetched, or a back-up in a place in use."""
    ids = [space.pk for space in spaces]
    fetchable = Q(expires_on__isnull=True) | Q(expires_on__gte=clock.today())
    exports = Export.objects.filter(fetchable, space__in=ids, ready_at__isnull=False, removed_at=None)
    backups = Backup.objects.filter(space__in=ids, dropped_at=None, place__closed_at=None).exclude(copy_id="")
    found = dict(exports.values_list("space").annotate(at=Max("asked_at")).order_by())
    for space, at in backups.values_list("space").annotate(at=Max("taken_at")).order_by():
        found[space] = max(at, found.get(space, at))
    return found


def _under_way(spaces: Iterable[Space]) -> dict[str, Procedure]:
    ids = [space.public_id for space in spaces]
    rows = Procedure.objects.filter(about_kind="space", about_id__in=ids, state__in=procedure_states.UNFINISHED)
    return {row.about_id: row for row in rows.order_by("pk")}


def _stayed(machine: Machine, spaces: Iterable[Space]) -> dict[str, Procedure]:
    """Return the last move of each when it was away from this machine: it lives there still."""
    ids = [space.public_id for space in spaces]
    rows = Procedure.objects.filter(
        kind="spaces.move", about_kind="space", about_id__in=ids, state=procedure_states.DONE
    )
    last = {row.about_id: row for row in rows.order_by("pk")}
    return {space: row for space, row in last.items() if row.context.get("from") == machine.public_id}


def is_machine_to_empty() -> bool:
    """Return whether some machine is to be emptied of its spaces."""
    return Machine.objects.filter(draining=True, retired_at=None).exists()


def lost_machine_lines(limit: int) -> list[TodayLine]:
    """Return a line for each lost machine with spaces that wait for a decision: two queries whatever their number."""
    rows = Space.objects.filter(machine__lost_at__isnull=False, state__in=["open", "closing"]).exclude(connector="")
    spaces = list(rows.select_related("machine").order_by("machine__lost_at", "title", "pk"))
    busy = _under_way(spaces) if spaces else {}
    waiting: dict[int, list[Space]] = {}
    for space in spaces:
        if space.public_id not in busy and space.machine_id is not None:
            waiting.setdefault(space.machine_id, []).append(space)
    return [_line(there) for there in list(waiting.values())[:limit]]


def _line(spaces: list[Space]) -> TodayLine:
    machine, count = spaces[0].machine, len(spaces)
    assert machine is not None and machine.lost_at is not None
    title = ngettext(
        "%(count)d space of the lost machine %(machine)s waits for your decision",
        "%(count)d spaces of the lost machine %(machine)s wait for your decision",
        count,
    )
    names = ", ".join(space.title for space in spaces[:NAMED]) + ("…" if count > NAMED else "")
    return TodayLine(
        since=machine.lost_at,
        kind="space",
        badge=_("To decide"),
        title=title % {"count": count, "machine": machine.name},
        detail=_("Wait for the machine, or open elsewhere from the last copy: %(names)s") % {"names": names},
        act=_("Look and decide"),
        url=f"/desk/machine-spaces/{machine.public_id}/",
        verb="operate",
        tone="stop",
        public_id=machine.public_id,
    )
