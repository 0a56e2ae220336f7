# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copy spaces to the places for back-ups: one now, all of them at night, and what becomes of the copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.machines import operations as machines
from archipel.machines.models import BackupPlace
from archipel.machines.ports import BackupStore, Copy, Retention
from archipel.machines.queries import open_places
from archipel.machines.wiring import store_of
from archipel.outbox import operations as outbox
from archipel.spaces import copies
from archipel.spaces.models import Backup, LastCopy, Space
from archipel.spaces.moves import record
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.queries.totals import is_changing, is_under_way
from archipel.spaces.refusals import NotOpen

# Nobody waits for the night's copies: whatever people asked for goes first.
PRIORITY = -10
INTERRUPTED = "interrupted"
ROWS_KEPT = timedelta(days=30)
AT_ONCE = 500
# What concerns the copies of one space only; everything else a place says is about the place.
_OF_ONE_SPACE = frozenset({"damaged", "not_ours"})


class NoBackupPlace(Refusal):
    """There is nowhere to copy to."""

    code = "no_backup_place"
    message = _("There is no place for back-ups yet: declare one first.")


def back_up_space(*, space: Space, place: BackupPlace | None = None) -> Backup:
    """Copy a space now, to one place or to every open one, and return a good copy. For the worker; calls outside.

    One place that works is enough, the others are noted. ``NotOpen``, ``NoBackupPlace``; ``TryLater`` or
    ``RefusedOutside`` when no place took it.
    """
    return copy_space(space=space, places=[place] if place else open_places())[0]


def copy_space(*, space: Space, places: Sequence[BackupPlace], thin: bool = False) -> list[Backup]:
    """Gather a space once, keep it in these places, and return the good copies: at least one. As ``back_up_space``.

    ``thin``: drop what the retention no longer keeps as well. Only the night does: a copy taken because something is
    about to be done must not push out the one it will be done with.
    """
    if space.state not in {"open", "closing"} or not space.connector:
        raise NotOpen
    if not places:
        raise NoBackupPlace
    taken_at = clock.now()
    made: list[Backup] = []
    failures: list[TryLater | RefusedOutside] = []
    try:
        with copies.gathered(space, taken_at) as folder:
            for one in places:
                try:
                    made.append(_keep(space, one, folder, taken_at, thin=thin))
                except (TryLater, RefusedOutside) as error:
                    failures.append(error)
    except (TryLater, RefusedOutside) as error:
        for one in places:
            _note_failure(space, one, error)
        raise
    if not made:
        raise failures[-1]
    return made


def _keep(space: Space, place: BackupPlace, folder: Path, taken_at: datetime, *, thin: bool) -> Backup:
    """Keep what was gathered in one place, write the row, thin out what is too old there."""
    if not Space.objects.filter(pk=space.pk, state__in=["open", "closing"]).exists():
        raise NotOpen  # deleted while it was gathered: no copy may outlive the deletion
    row = Backup.objects.create(space=space, place=place, taken_at=taken_at)
    try:
        store = store_of(place)
        _settle(row, store)
        copy = store.keep(space.public_id, folder, taken_at=taken_at)
    except (TryLater, RefusedOutside) as error:
        _note_failure(space, place, error, row=row)
        if getattr(error, "code", "") not in _OF_ONE_SPACE:
            machines.note_trouble(place=place, error=error)
        raise
    _note_copy(row, copy)
    if thin:
        _thin_out(space, place, store)
    machines.note_works(place=place, kept=True)
    return row


def _settle(now: Backup, store: BackupStore) -> None:
    """Find out what became of earlier tries whose worker ended: the copy is there, or nothing is."""
    space = now.space
    unfinished = list(Backup.objects.filter(space=space, place=now.place, finished_at=None).exclude(pk=now.pk))
    if not unfinished:
        return
    there = {copy.taken_at: copy for copy in store.copies(space.public_id)}
    for row in unfinished:
        copy = there.get(row.taken_at)
        if copy:
            _note_copy(row, copy)
        else:
            Backup.objects.filter(pk=row.pk).update(finished_at=clock.now(), problem=INTERRUPTED)


def _thin_out(space: Space, place: BackupPlace, store: BackupStore) -> None:
    """Drop what the retention of the place no longer keeps; a failure here takes nothing from the copy just made."""
    try:
        gone = store.thin_out(space.public_id, Retention(place.keep_daily, place.keep_weekly, place.keep_monthly))
    except (TryLater, RefusedOutside) as error:
        LastCopy.objects.filter(space=space, place=place).update(problem=error.reason[:200])
        return
    Backup.objects.filter(space=space, place=place, copy_id__in=gone, dropped_at=None).update(dropped_at=clock.now())


def _last(space: Space, place: BackupPlace) -> LastCopy:
    since = max(space.opened_at or space.created_at, place.created_at)
    return LastCopy.objects.get_or_create(space=space, place=place, defaults={"fresh_at": since})[0]


def _note_copy(row: Backup, copy: Copy) -> None:
    with transaction.atomic():
        row.copy_id, row.finished_at, row.problem = copy.id, clock.now(), ""
        row.bytes, row.files, row.added_bytes = copy.bytes, copy.files, copy.added
        row.save(update_fields=["copy_id", "finished_at", "problem", "bytes", "files", "added_bytes"])
        last = _last(row.space, row.place)
        if last.taken_at is None or last.taken_at < row.taken_at:
            last.taken_at = last.fresh_at = row.taken_at
        last.tried_at, last.problem = row.finished_at, ""
        last.save(update_fields=["taken_at", "fresh_at", "tried_at", "problem"])


def _note_failure(
    space: Space, place: BackupPlace, error: TryLater | RefusedOutside, *, row: Backup | None = None
) -> None:
    with transaction.atomic():
        if row is not None:
            row.finished_at, row.problem = clock.now(), error.reason[:200]
            row.save(update_fields=["finished_at", "problem"])
        last = _last(space, place)
        last.tried_at, last.problem = clock.now(), error.reason[:200]
        last.save(update_fields=["tried_at", "problem"])


def ask_back_up(*, space: Space, by: Any) -> None:
    """Have a space copied soon to every place, at somebody's wish (``NotOpen``, ``NoBackupPlace``, ``SpaceUnderWay``)."""
    if space.state not in {"open", "closing"} or not space.connector:
        raise NotOpen
    if not open_places():
        raise NoBackupPlace
    if is_under_way(space):
        raise SpaceUnderWay
    with transaction.atomic():
        record("space.backup_asked", space, by, visible="host")
        outbox.enqueue_once(
            task=back_up_one, key=f"spaces.backup:{space.public_id}", kwargs={"space_id": space.public_id}
        )


@task()
def back_up_one(*, space_id: str) -> None:
    space = Space.objects.select_related("organisation", "service").get(public_id=space_id)
    if is_changing(space):
        return  # begun meanwhile: a copy of half a change is of no use, and the night makes one
    try:
        back_up_space(space=space)
    except (Refusal, RefusedOutside):
        return  # closed meanwhile, or written down where the space and the place are looked at


def drop_copies(*, space: Space) -> dict[str, Any]:
    """Delete every copy of a space in every place, and say what was: for its deletion. Repeatable; calls outside.

    ``dropped`` copies, ``places`` they were in, ``left`` places that were closed and still hold some, with the date.
    A place that does not answer is waited for: nothing is said to be gone that is not.
    """
    # A worker that ended between the first copy in a place and its line left but the try.
    there = Q(last_copy__space=space) | Q(backup__space=space)
    places = BackupPlace.objects.filter(there).distinct().order_by("pk")
    dropped, names, left = 0, [], []
    for place in places:
        rows = Backup.objects.filter(space=space, place=place, dropped_at=None).exclude(copy_id="")
        if place.closed_at:
            if rows.exists():
                left.append({"place": place.name, "closed_on": clock.day_of(place.closed_at).isoformat()})
            continue
        known = rows.count()
        # A call that was cut short dropped copies and could not tell: those that rows speak of are gone too.
        dropped += max(store_of(place).drop(space.public_id), known)
        names.append(place.name)
        rows.update(dropped_at=clock.now())
    return {"dropped": dropped, "places": names, "left": left}


def forget_copies(*, space: Space) -> None:
    """Watch no longer over the copies of a space that is deleted."""
    LastCopy.objects.filter(space=space).delete()


def purge_backup_rows() -> int:
    """Delete the rows of copies dropped and tries failed for more than 30 days, and return how many; drills keep theirs."""
    limit, purged = clock.now() - ROWS_KEPT, 0
    while True:
        old = Backup.objects.filter(finished_at__lt=limit, drills=None)
        gone = old.filter(copy_id="") | old.filter(dropped_at__lt=limit)
        ids = list(gone.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            return purged
        purged += Backup.objects.filter(pk__in=ids).delete()[0]
