# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tell the engine what the host wants of a machine: whether it takes something, and its labels. Only the worker does."""

from __future__ import annotations

from collections.abc import Mapping

from django_tasks import task

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.machines.labels import all_labels
from archipel.machines.models import Machine
from archipel.machines.ports import BAD_INPUT, UNKNOWN, Availability, Load
from archipel.machines.wiring import engine_here, spaces_on_machines
from archipel.outbox import operations as outbox


def wanted_availability(*, machine: Machine, loads: Mapping[str, Load]) -> Availability:
    """Return what the engine should do with a machine: a machine that drains keeps running what cannot move.

    Its containers would stop if the engine were told while spaces live there: it is told when the last one has moved,
    or when a human said at once (``drain_all``).
    """
    if machine.retired_at:
        return "drain"
    empty = not loads.get(machine.public_id, Load()).spaces
    return "drain" if machine.draining and (machine.drain_all or empty) else "active"


def push_later(*, machine: Machine) -> None:
    """Have the engine told, once the caller's transaction is committed; nothing for a machine it does not know."""
    if machine.in_engine:
        key = f"machines.push:{machine.public_id}"
        outbox.enqueue_once(task=push_machine, key=key, kwargs={"machine_id": machine.public_id})


def forget_later(*, node_id: str) -> None:
    """Have the engine forget a node that answers no more."""
    outbox.enqueue_once(task=forget_node, key=f"machines.forget:{node_id}", kwargs={"node_id": node_id})


@task()
def push_machine(*, machine_id: str) -> None:
    """Make availability and labels in the engine what the host wants. Calls outside; repeatable.

    A node that the engine does not know any more is no failure: the next reading says what became of it.
    """
    machine, engine = Machine.objects.select_related("site").filter(public_id=machine_id).first(), engine_here()
    if machine is None or engine is None or not machine.in_engine:
        return
    wanted = wanted_availability(machine=machine, loads=spaces_on_machines().loads())
    labels = all_labels(machine)
    try:
        engine.set_availability(machine.node_id, wanted)
        engine.set_labels(machine.node_id, labels)
    except RefusedOutside as error:
        if error.code != UNKNOWN:
            raise
        return
    told = {"availability": wanted, "labels_pushed": labels, "asked_at": clock.now()}
    Machine.objects.filter(pk=machine.pk, node_id=machine.node_id).update(**told)


@task()
def forget_node(*, node_id: str) -> None:
    """Take a node out of the engine, unless it answers (then it is switched off first, and this comes again)."""
    engine = engine_here()
    if engine is None:
        return
    try:
        engine.forget(node_id)
    except RefusedOutside as error:
        if error.code == BAD_INPUT:
            return
        if error.code != UNKNOWN:
            raise
    Machine.objects.filter(node_id=node_id, retired_at__isnull=False).update(node_id="", availability="")
