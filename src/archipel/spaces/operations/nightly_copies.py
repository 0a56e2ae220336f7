# SPDX-License-Identifier: AGPL-3.0-or-later
"""The night: every space to every place, one after the other, below people's work, resumed where a worker ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime
from django_tasks import task

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.machines.models import BackupPlace
from archipel.machines.queries import open_places
from archipel.outbox import operations as outbox
from archipel.spaces import copies
from archipel.spaces.models import Backup, LastCopy, Space
from archipel.spaces.operations.backing_up import INTERRUPTED, PRIORITY, copy_space, purge_backup_rows
from archipel.spaces.queries.totals import is_under_way

BATCH = 200
# A place that failed is left alone for so long: ten thousand spaces must not each wait for its silence.
REST = timedelta(minutes=15)
PAUSE = timedelta(minutes=30)
# How often what failed is tried again in one night, and how often a space may end its worker.
TURNS, INTERRUPTIONS = 4, 3


def back_up_all() -> None:
    """Begin the night's copies, and forget what is old of earlier ones."""
    copies.sweep()
    purge_backup_rows()
    if open_places():
        _go_on(clock.now(), turn=1)


def _go_on(night: datetime, *, turn: int, after: int = 0, at: datetime | None = None) -> None:
    # One job a space, each under a key of its own: a job that runs cannot be asked for again with other arguments.
    outbox.enqueue_once(
        task=back_up_next,
        key=f"spaces.backups:{turn}:{after}",
        kwargs={"night": night.isoformat(), "turn": turn, "after": after},
        run_after=at,
        priority=PRIORITY,
    )


@task()
def back_up_next(*, night: str, turn: int, after: int) -> None:
    began = parse_datetime(night)
    assert began is not None
    back_up_following(night=began, turn=turn, after=after)


def back_up_following(*, night: datetime, turn: int = 1, after: int = 0) -> Space | None:
    """Copy the next space that is due to the places that work, and have the following one copied. Repeatable.

    Returns the space, None at the end of a turn: what failed is then tried again, ``TURNS`` times in all.
    """
    places = [place for place in open_places() if not _rests(place)]
    found = _next_due(night, after, places) if places else None
    if found is None:
        if turn < TURNS and (not places or _something_due(night)):
            _go_on(night, turn=turn + 1, at=clock.now() + PAUSE)
        return None
    space, due = found
    # What fails is written down beside the space and the place.
    with suppress(TryLater, RefusedOutside, Refusal):
        copy_space(space=space, places=due, thin=True)
    _go_on(night, turn=turn, after=space.pk)
    return space


def _rests(place: BackupPlace) -> bool:
    return place.problem_seen_at is not None and clock.now() - place.problem_seen_at < REST


def _next_due(night: datetime, after: int, places: list[BackupPlace]) -> tuple[Space, list[BackupPlace]] | None:
    """Return the next space in the order of rows that lacks a copy of tonight somewhere, with these places.

    What is being moved, upgraded or filled waits for the next turn: a copy of half a change is of no use.
    """
    for space, due in _lacking(night, after, places):
        if not is_under_way(space) and not _ends_workers(space, night):
            return space, due
    return None


def _lacking(night: datetime, after: int, places: list[BackupPlace]) -> Iterator[tuple[Space, list[BackupPlace]]]:
    """Walk the spaces that lack a copy of tonight, each with the places it lacks one in, in the order of rows."""
    while True:
        rows = Space.objects.filter(state__in=["open", "closing"], pk__gt=after).exclude(connector="")
        batch = list(rows.select_related("organisation", "service").order_by("pk")[:BATCH])
        if not batch:
            return
        had = LastCopy.objects.filter(space__in=batch, taken_at__gte=night).values_list("space_id", "place_id")
        done = set(had)
        for space in batch:
            due = [place for place in places if (space.pk, place.pk) not in done]
            if due:
                yield space, due
        after = batch[-1].pk


def _ends_workers(space: Space, night: datetime) -> bool:
    """Return whether copying this space was cut short too often tonight: the others must have their turn."""
    cut_short = Backup.objects.filter(space=space, taken_at__gte=night, copy_id="")
    return cut_short.filter(finished_at=None).count() + cut_short.filter(problem=INTERRUPTED).count() >= INTERRUPTIONS


def _something_due(night: datetime) -> bool:
    return next(_lacking(night, 0, open_places()), None) is not None
