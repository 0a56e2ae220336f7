# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compare what runs for spaces with what should; a human adopts what somebody changed, or repairs it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.machines.models import Machine
from archipel.outbox import operations as outbox
from archipel.spaces.drifts import can_adopt, differences_of
from archipel.spaces.models import Space, SpaceDrift, SpaceRole
from archipel.spaces.moves import locked, record
from archipel.spaces.operations.containers import read_application
from archipel.spaces.operations.entering import push_people_of
from archipel.spaces.operations.entries import repair_space_entries, rewrite_entries_of, tell_people
from archipel.spaces.operations.holding import push_effect_of
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.ports import Running, Told
from archipel.spaces.queries.totals import is_under_way
from archipel.spaces.specs import spec_of
from archipel.spaces.wiring import containers_of, runs_in_containers

LIVING = ("open", "closing")
BATCH = 100


class NotToAdopt(Refusal):
    """What is there cannot become the truth here by one click."""

    code = "not_to_adopt"
    message = _("This cannot be adopted as it is: change it in Archipel, or repair it.")


class SpaceDriftIsOver(Refusal):
    """Somebody settled it in the meantime, or the comparison found nothing any more."""

    code = "space_drift_is_over"
    message = _("This difference is settled already.")


def compare_space(*, space: Space) -> SpaceDrift | None:
    """Look at what runs for a space and keep the difference for Today; None when there is none. Repeatable; calls outside.

    An application that does not answer says nothing: its health does. What a procedure is at work on is left alone.
    """
    if space.state not in LIVING or is_under_way(space):
        return None
    try:
        seen, told = _look(space)
    except (TryLater, RefusedOutside):
        return SpaceDrift.objects.filter(space=space).first()
    with transaction.atomic():
        space = locked(space)
        if is_under_way(space):
            return None
        return _note(space, seen, told)


def _look(space: Space) -> tuple[Running | None, Told | None]:
    connector = containers_of(space)
    seen = connector.running(space.public_id)
    if seen is None or seen.missing or not hasattr(connector, "told"):
        return seen, None
    return seen, connector.told(space.public_id)


def _note(space: Space, seen: Running | None, told: Told | None) -> SpaceDrift | None:
    differences = differences_of(space, seen, told) if seen else {}
    if seen is not None and not differences:
        SpaceDrift.objects.filter(space=space).delete()
        return None
    values: dict[str, Any] = {"missing": seen is None, "differences": differences}
    return SpaceDrift.objects.update_or_create(
        space=space, defaults=values, create_defaults=values | {"since": clock.now()}
    )[0]


def compare_all(*, after: int = 0) -> int:
    """Compare the next spaces in containers in the order of their rows, have the following ones compared; return how many."""
    names = sorted(set(Space.objects.values_list("connector", flat=True).distinct()))
    containers = [name for name in names if runs_in_containers(name)]
    if after == 0:
        for name in containers:
            read_application(name=name)
        repair_space_entries()
    following = Space.objects.filter(state__in=LIVING, connector__in=containers, pk__gt=after).order_by("pk")
    batch = list(following.select_related("organisation", "machine", "client")[:BATCH])
    for space in batch:
        compare_space(space=space)
    if len(batch) == BATCH:
        outbox.enqueue_once(task=compare_next, key=f"spaces.compare:{batch[-1].pk}", kwargs={"after": batch[-1].pk})
    return len(batch)


@task()
def compare_next(*, after: int = 0) -> None:
    compare_all(after=after)


def ask_comparison(*, space: Space, by: Person) -> None:
    """Have the worker look at a space in containers: its recipe, its usage, its drift."""
    with transaction.atomic():
        record("space.comparison_asked", locked(space), by, visible="host")
        values = {"space_id": space.public_id}
        outbox.enqueue_once(task=compare_one, key=f"spaces.compare_one:{space.public_id}", kwargs=values)


@task()
def compare_one(*, space_id: str) -> None:
    space = Space.objects.select_related("organisation", "machine", "client").get(public_id=space_id)
    read_application(name=space.connector)
    compare_space(space=space)


def repair_space(*, drift: SpaceDrift, by: Person) -> SpaceDrift:
    """Let the worker make what runs as it should be (``SpaceDriftIsOver``, ``SpaceUnderWay``). Volumes stay. Repeatable."""
    with transaction.atomic():
        row = _locked_drift(drift)
        if is_under_way(row.space):
            raise SpaceUnderWay
        if row.repair_asked_at is None:
            row.repair_asked_at, row.problem = clock.now(), ""
            row.save(update_fields=["repair_asked_at", "problem"])
            record("space.drift_repaired", locked(row.space), by, visible="host")
        values = {"public_id": row.public_id}
        outbox.enqueue_once(task=repair_one, key=f"spaces.repair:{row.public_id}", kwargs=values)
    return row


@task()
def repair_one(*, public_id: str) -> None:
    row = SpaceDrift.objects.select_related("space").filter(public_id=public_id).first()
    if row is not None and row.repair_asked_at is not None:
        put_right(drift=row)


def put_right(*, drift: SpaceDrift) -> SpaceDrift | None:
    """Put the stack as our tables say and tell it everything again; what still differs goes back to Today. Calls outside.

    So does all of it when something else is at work on the space by now: it would undo half of that.
    """
    rows = Space.objects.select_related("organisation", "machine", "client", "service")
    space = rows.get(pk=drift.space_id)
    if space.state not in LIVING or is_under_way(space):
        _back_to_today(drift, "")
        return drift
    connector = containers_of(space)
    try:
        connector.open(spec_of(space))
        push_people_of(space=space)
        connector.set_quota(space.public_id, space.quota_bytes)
        push_effect_of(space_id=space.public_id)
    except RefusedOutside as refused:
        _back_to_today(drift, refused.reason)
        return drift
    left = compare_space(space=space)
    if left is not None:
        _back_to_today(left, "")
    return left


def _back_to_today(drift: SpaceDrift, problem: str) -> None:
    SpaceDrift.objects.filter(pk=drift.pk).update(repair_asked_at=None, problem=problem[:200])


def adopt_space(*, drift: SpaceDrift, by: Person) -> None:
    """Make it here as somebody made it there (``NotToAdopt``, ``SpaceDriftIsOver``, ``SpaceUnderWay``)."""
    with transaction.atomic():
        row = _locked_drift(drift)
        space = locked(row.space)
        if is_under_way(space):
            raise SpaceUnderWay
        if not can_adopt(row):
            raise NotToAdopt
        for name, both in row.differences.items():
            _ADOPTING[name](space, both["there"])
        space.save(update_fields=["version", "machine", "quota_bytes"])
        rewrite_entries_of(space=space)
        tell_people(space=space)
        record("space.drift_adopted", space, by, visible="host", fields=sorted(row.differences))
        row.delete()


def _adopt_version(space: Space, there: Any) -> None:
    space.version = there


def _adopt_machine(space: Space, there: Any) -> None:
    space.machine = Machine.objects.filter(node_id__in=there).order_by("pk").first()


def _adopt_quota(space: Space, there: Any) -> None:
    space.quota_bytes = there


def _adopt_people(space: Space, there: dict[str, str | None]) -> None:
    """Keep what somebody set there for people who belong here; ``can_adopt`` saw to it that all of them do."""
    for person in Person.objects.filter(public_id__in=list(there)):
        values = {"role": there[person.public_id] or ""}
        SpaceRole.objects.update_or_create(space=space, person=person, defaults=values)


_ADOPTING = {
    "version": _adopt_version,
    "machine": _adopt_machine,
    "quota": _adopt_quota,
    "people": _adopt_people,
}


def _locked_drift(drift: SpaceDrift) -> SpaceDrift:
    row = SpaceDrift.objects.select_for_update(of=("self",)).select_related("space").filter(pk=drift.pk).first()
    if row is None:
        raise SpaceDriftIsOver
    return row
