# SPDX-License-Identifier: AGPL-3.0-or-later
"""Move every space away from a machine that is to be emptied: some at a time, each with all it holds."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.machines.models import Machine
from archipel.procedures import states as procedure_states
from archipel.procedures.models import Procedure
from archipel.spaces.operations.moving import MOVING, ask_move
from archipel.spaces.queries.machine_spaces import living_on
from archipel.spaces.queries.totals import is_under_way

AT_ONCE = 2
"""How many spaces move together: nobody writes in one that moves, and more of them would each take longer."""


class NotToEmpty(Refusal):
    """The machine takes spaces, or its spaces do not run: there is nothing to copy them from."""

    code = "not_to_empty"
    message = _("This machine is not to be emptied, or its spaces do not run: they cannot be moved.")


class NothingToMove(Refusal):
    """No space lives there, or something is under way on each."""

    code = "nothing_to_move"
    message = _("There is nothing to move now: no space lives there, or something is under way on each.")


def move_spaces_of(*, machine_id: str, by: Person | None = None) -> int:
    """Begin to move every space of a machine (its public id) that is to be emptied, and return how many began.

    The others follow as those end, until one could not move or waits for a human: that would be true of the next ones too.
    ``NotToEmpty``, ``NothingToMove``.
    """
    with transaction.atomic():
        machine = _to_empty(machine_id)
        if machine is None:
            raise NotToEmpty
        begun = _begin(machine, since=clock.now(), by=by)
        if not begun:
            raise NothingToMove
    return begun


def go_on_emptying(*, procedure_id: str) -> int:
    """Begin the next moves when one of those ended, and return how many; 0 when the machine takes spaces again. Repeatable."""
    ended = Procedure.objects.filter(public_id=procedure_id, kind=MOVING, context__has_key="emptying").first()
    if ended is None:
        return 0
    with transaction.atomic():
        machine = _to_empty(ended.context["from"])
        if machine is None:
            return 0
        by = Person.objects.filter(public_id=ended.started_by).first()
        return _begin(machine, since=datetime.fromisoformat(ended.context["emptying"]), by=by)


def _to_empty(machine_id: str) -> Machine | None:
    """Hold the row of a machine that is to be emptied: two moves that end together must not begin the same ones."""
    rows = Machine.objects.select_for_update().filter(public_id=machine_id, draining=True, drain_all=False)
    return rows.filter(lost_at=None, retired_at=None).first()


def _begin(machine: Machine, *, since: datetime, by: Person | None) -> int:
    here = list(living_on(machine.public_id))
    moves = Procedure.objects.filter(kind=MOVING, about_kind="space", about_id__in=[one.public_id for one in here])
    states = list(moves.filter(created_at__gte=since).values_list("state", flat=True))
    running = sum(state in procedure_states.UNDER_WAY for state in states)
    if running < len(states):
        return 0
    begun = 0
    for space in here:
        if running + begun >= AT_ONCE:
            break
        if not is_under_way(space):
            ask_move(space=space, by=by, emptying=since)
            begun += 1
    return begun
