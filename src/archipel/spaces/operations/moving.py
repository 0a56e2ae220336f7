# SPDX-License-Identifier: AGPL-3.0-or-later
"""Move a space to another machine, or bring it back elsewhere when its machine is lost, with the age of its data said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.machines.models import Machine
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.outbox import operations as outbox
from archipel.procedures import operations as procedures
from archipel.procedures.models import Procedure
from archipel.spaces.models import LeftBehind, Space
from archipel.spaces.moves import full_title, locked, note_left_behind, record
from archipel.spaces.operations.containers import choose_place
from archipel.spaces.operations.working import SpaceUnderWay, give_up_work
from archipel.spaces.queries.machine_spaces import machine_spaces_view
from archipel.spaces.queries.totals import is_under_way
from archipel.spaces.refusals import NotOpen
from archipel.spaces.specs import spec_of
from archipel.spaces.wiring import containers_of

MOVING = "spaces.move"


class SameMachine(Invalid):
    """A space moves to another machine than its own, one that takes spaces."""

    code = "same_machine"
    message = _("Choose another machine, one that takes spaces.")


class MachineAnswers(Refusal):
    """A space is opened elsewhere from a copy only while its machine is lost; otherwise it is moved with all it holds."""

    code = "machine_answers"
    message = _("The machine of this space is not lost: it may be moved, with all it holds.")


class NothingToReopen(Refusal):
    """No space waits on this machine."""

    code = "nothing_to_reopen"
    message = _(
        "No space of this machine can be opened elsewhere now: something is under way on each, or it has no copy."
    )


def ask_move(
    *, space: Space, by: Person | None, to: Machine | None = None, emptying: datetime | None = None
) -> Procedure:
    """Have a space moved to a machine, or to one that is chosen (``NotOpen``, ``SameMachine``, ``SpaceUnderWay``).

    ``emptying``: since when all spaces of its machine are moved away (``emptying.go_on_emptying``).
    """
    if to is not None and not _takes(to, space):
        raise SameMachine(field="to")
    of_all = {"emptying": emptying.isoformat()} if emptying else {}
    return _start(space, by, {"to": to.public_id if to else "", "lost": False} | of_all)


def _takes(machine: Machine, space: Space) -> bool:
    """Return whether a machine that a human chose is one that a space may move to."""
    busy = machine.draining or machine.lost_at or machine.retired_at
    return machine.pk != space.machine_id and not busy and bool(machine.node_id)


def reopen_elsewhere(*, space: Space, by: Person | None = None) -> Procedure:
    """Have a space whose machine is lost opened on another one from its last copy: what was written since is lost.

    A human decides it, never a fact: a machine that only restarts must not bring old data back. ``MachineAnswers``,
    ``NotOpen``, ``SpaceUnderWay``.
    """
    if not Machine.objects.filter(pk=space.machine_id or 0, lost_at__isnull=False).exists():
        raise MachineAnswers
    return _start(space, by, {"to": "", "lost": True})


def reopen_spaces_of(*, machine_id: str, by: Person | None = None) -> int:
    """Have every space of a lost machine (its public id) opened elsewhere that has a copy, and return how many.

    Those something is under way on are left to it. ``MachineAnswers``, and ``NothingToReopen`` when that leaves none.
    """
    machine = Machine.objects.filter(public_id=machine_id, lost_at__isnull=False).first()
    if machine is None:
        raise MachineAnswers
    waiting = [one.space for one in machine_spaces_view(machine).spaces if one.procedure is None and one.data_of]
    if not waiting:
        raise NothingToReopen
    for space in waiting:
        reopen_elsewhere(space=space, by=by)
    return len(waiting)


def _start(space: Space, by: Person | None, context: dict[str, Any]) -> Procedure:
    with transaction.atomic():
        space = locked(space)
        if space.state not in {"open", "closing"}:
            raise NotOpen
        if is_under_way(space):
            raise SpaceUnderWay
        # Of a move that was given up this instant.
        Space.objects.filter(pk=space.pk).update(going_to=None)
        record("space.reopening_elsewhere" if context["lost"] else "space.moving", space, by)
        return procedures.start(
            kind=MOVING,
            about_kind="space",
            about_id=space.public_id,
            organisation_id=space.organisation.public_id,
            title=full_title(space),
            context=context | {"from": space.machine.public_id if space.machine else ""},
            started_by=by.public_id if by else "",
        )


def choose_target(*, space: Space, to: str) -> Machine:
    """Choose the machine a space goes to, once: the one that was asked for, or one with room that is not its own. Repeatable.

    Its room is kept there until the move has ended, so that the next choice counts it. ``SameMachine`` when none takes it.
    """
    memory = containers_of(space).memory()
    with transaction.atomic():
        space = locked(space)
        if space.going_to is None:
            avoid = [space.machine.public_id] if space.machine else []
            found = Machine.objects.get(public_id=to) if to else choose_place(memory=memory, avoid=avoid)
            if found is None or not _takes(found, space):
                raise SameMachine
            space.going_to = found
            space.save(update_fields=["going_to"])
    return space.going_to


def put_on(*, space: Space, machine: Machine | None) -> None:
    """Put the stack of a space on a machine; None: where our tables say. Repeatable; calls outside."""
    containers_of(space).open(spec_of(space, machine=machine))


def end_move(*, space: Space, machine: Machine, data_of: datetime | None) -> Space:
    """Write where a space lives now, and tell its referents when its data is of a copy. Repeatable."""
    with transaction.atomic():
        space = locked(space)
        if space.machine_id == machine.pk:
            return space
        former, space.machine, space.going_to = space.machine, machine, None
        space.save(update_fields=["machine", "going_to"])
        if data_of is None:
            record("space.moved", space, machine=machine.name)
        else:
            if former is not None:
                note_left_behind(space=space, machine=former, data_of=data_of)
            record("space.reopened_elsewhere", space, machine=machine.name, data_of=data_of.isoformat())
            _tell(space, data_of)
    return space


def note_move_failed(*, space: Space, reason: str) -> None:
    """Write that a space stayed where it was, and why."""
    with transaction.atomic():
        Space.objects.filter(pk=space.pk).update(going_to=None)
        record("space.move_failed", locked(space), visible="host", reason=reason[:300])


def leave_machine(*, space: Space, machine: Machine) -> int:
    """Drop what a space left on the machine it moved from, and return how many things. Repeatable; calls outside.

    0 where its connector cannot: what is left there is named in the desk's history.
    """
    connector = containers_of(space)
    if not hasattr(connector, "leave") or not machine.node_id:
        return 0
    return int(connector.leave(space.public_id, machine.node_id))


def leave_former_machine(*, space: Space, machine: Machine) -> int:
    """As ``leave_machine``; where that machine was lost meanwhile, remember it for when it is back. Repeatable; calls outside."""
    if not Machine.objects.filter(pk=machine.pk, lost_at__isnull=False).exists():
        return leave_machine(space=space, machine=machine)
    with transaction.atomic():
        note_left_behind(space=space, machine=machine, data_of=None)
    return 0


def leave_lost_machine(*, space: Space, machine: Machine) -> int:
    """Drop what a space left on a machine that was lost, once it answers again, and return how many things. Repeatable; calls outside."""
    row = LeftBehind.objects.filter(space=space, machine=machine, dropped_at=None).first()
    if row is None or Machine.objects.filter(pk=machine.pk, lost_at__isnull=False).exists():
        return 0
    # A space that lives there again wrote over what it had left.
    returned = Space.objects.filter(pk=space.pk, machine=machine).exclude(state="deleted").exists()
    dropped = 0 if returned else leave_machine(space=space, machine=machine)
    with transaction.atomic():
        row.dropped_at = clock.now()
        row.save(update_fields=["dropped_at"])
        if not returned:
            record("space.left_behind_dropped", locked(space), visible="host", machine=machine.name)
    return dropped


def leave_returned_machine(*, machine_id: str) -> int:
    """Have all dropped that spaces left on a machine (its public id) that is back, and return of how many spaces."""
    rows = LeftBehind.objects.filter(machine__public_id=machine_id, dropped_at=None).select_related("space")
    for row in rows.order_by("pk"):
        outbox.enqueue_once(
            task=leave_one,
            key=f"spaces.leave:{row.space.public_id}:{machine_id}",
            kwargs={"space_id": row.space.public_id, "machine_id": machine_id},
        )
    return len(rows)


@task()
def leave_one(*, space_id: str, machine_id: str) -> None:
    space = Space.objects.select_related("organisation").get(public_id=space_id)
    leave_lost_machine(space=space, machine=Machine.objects.get(public_id=machine_id))


def give_up_move(*, space: Space, procedure_id: str) -> None:
    """Lift the hold of a move that somebody of the host gave up; what runs shows as a drift. Repeatable."""
    with transaction.atomic():
        space = locked(space)
        if not is_under_way(space):
            Space.objects.filter(pk=space.pk).update(going_to=None)
        give_up_work(space=space, mark=procedure_id)


def _tell(space: Space, data_of: datetime) -> None:
    portal = host.current().portal_url
    for person in referents_of(space.organisation):
        mailing.send(
            name="spaces/reopened",
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": space,
                "data_of": data_of,
                "page_url": f"{portal}/spaces/{space.public_id}/",
            },
        )
