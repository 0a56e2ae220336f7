# SPDX-License-Identifier: AGPL-3.0-or-later
"""Observe spaces: how much they use, whether they answer. A measure that fails changes nothing and blocks nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import transaction
from django_tasks import task

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.outbox import operations as outbox
from archipel.spaces.levels import levels_reached
from archipel.spaces.models import Space, UsageWarning
from archipel.spaces.moves import locked, record
from archipel.spaces.operations.holding import push_effect_of
from archipel.spaces.operations.reconciling import reconcile
from archipel.spaces.operations.warning import note_usage
from archipel.spaces.ports import Health, Usage
from archipel.spaces.refusals import StoreSilent
from archipel.spaces.wiring import connector_of, publishes

BATCH = 200
AT_ONCE = 16
MEASURED = ("usage_bytes", "usage_files", "usage_at", "healthy", "health_detail")


@dataclass(frozen=True)
class Measure:
    """What an application said of a space."""

    usage: Usage
    health: Health


def measure_usage(*, space: Space) -> Usage | None:
    """Ask the application what a space uses and whether it answers; None when it would not say. Calls outside."""
    found = _ask(space)
    if found is None:
        return None
    _write(space, found)
    space.save(update_fields=MEASURED)
    note_usage(space=space)
    return found.usage


def _ask(space: Space) -> Measure | None:
    """Call outside, and touch no table: several are asked at once."""
    connector = connector_of(space)
    try:
        return Measure(connector.usage(space.public_id), connector.health(space.public_id))
    except (TryLater, RefusedOutside):
        return None


def _write(space: Space, found: Measure) -> None:
    space.usage_bytes, space.usage_files, space.usage_at = found.usage.bytes, found.usage.files, clock.now()
    space.healthy, space.health_detail = found.health.ok, found.health.detail[:200]


def look_again(*, space: Space, by: Person) -> Space:
    """Compare a space with its application at the desk's wish: versions, usage, health, hold (``StoreSilent``)."""
    try:
        if publishes(space):
            reconcile(space=space)
        push_effect_of(space_id=space.public_id)
    except (TryLater, RefusedOutside) as error:
        raise StoreSilent from error
    measure_usage(space=space)
    with transaction.atomic():
        record("space.reconciled", space, by, visible="host")
    return space


def measure_all(*, after: int = 0) -> int:
    """Measure the next spaces in the order of their rows, have the following ones measured, and return how many. Calls outside.

    Several are asked at once: an application that is slow, or silent until its time is over, delays its own space alone.
    """
    following = Space.objects.filter(state__in=["open", "closing"], pk__gt=after).exclude(connector="")
    batch = list(following.order_by("pk")[:BATCH])
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="measure") as asking:
        answers = list(asking.map(_ask, batch))
    measured = [(space, found) for space, found in zip(batch, answers, strict=True) if found is not None]
    for space, found in measured:
        _write(space, found)
    Space.objects.bulk_update([space for space, _found in measured], MEASURED)
    warned = set(UsageWarning.objects.filter(space__in=batch, cleared_at=None).values_list("space_id", flat=True))
    for space, _found in measured:
        if space.pk in warned or levels_reached(space.usage_bytes, space.quota_bytes):
            note_usage(space=space)
    if len(batch) == BATCH:
        outbox.enqueue_once(task=measure_next, key=f"spaces.measure:{batch[-1].pk}", kwargs={"after": batch[-1].pk})
    return len(batch)


@task()
def measure_next(*, after: int = 0) -> None:
    measure_all(after=after)


def change_quota(*, space: Space, quota_bytes: int | None, by: Person) -> Space:
    """Change what a space may hold; nothing is ever deleted for it, a space above its quota only cannot grow."""
    with transaction.atomic():
        space = locked(space)
        before, space.quota_bytes = space.quota_bytes, quota_bytes
        space.save(update_fields=["quota_bytes"])
        record("space.quota_changed", space, by, before=before, after=quota_bytes)
        note_usage(space=space)
        if space.connector:
            outbox.enqueue_once(
                task=push_quota, key=f"spaces.quota:{space.public_id}", kwargs={"space_id": space.public_id}
            )
    return space


@task()
def push_quota(*, space_id: str) -> None:
    space = Space.objects.get(public_id=space_id)
    if space.state in {"open", "closing"}:
        connector_of(space).set_quota(space.public_id, space.quota_bytes)
