# SPDX-License-Identifier: AGPL-3.0-or-later
"""Observe spaces: how much they use, whether they answer. A measure that fails changes nothing and blocks nobody."""

from __future__ import annotations

from django.db import transaction
from django_tasks import task

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.outbox import operations as outbox
from archipel.spaces.models import Space
from archipel.spaces.moves import locked, record
from archipel.spaces.operations.holding import push_effect_of
from archipel.spaces.operations.reconciling import reconcile
from archipel.spaces.ports import Usage
from archipel.spaces.refusals import StoreSilent
from archipel.spaces.wiring import connector_of, publishes

BATCH = 200


def measure_usage(*, space: Space) -> Usage | None:
    """Ask the application what a space uses and whether it answers; None when it would not say."""
    connector = connector_of(space)
    try:
        usage = connector.usage(space.public_id)
        health = connector.health(space.public_id)
    except (TryLater, RefusedOutside):
        return None
    Space.objects.filter(pk=space.pk).update(
        usage_bytes=usage.bytes,
        usage_files=usage.files,
        usage_at=clock.now(),
        healthy=health.ok,
        health_detail=health.detail[:200],
    )
    space.usage_bytes, space.usage_files, space.healthy = usage.bytes, usage.files, health.ok
    return usage


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
    """Measure the next spaces in the order of their rows, have the following ones measured, and return how many."""
    following = Space.objects.filter(state__in=["open", "closing"], pk__gt=after).exclude(connector="")
    batch = list(following.order_by("pk")[:BATCH])
    for space in batch:
        measure_usage(space=space)
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
