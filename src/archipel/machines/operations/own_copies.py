# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archipel's own back-up in the places for back-ups: the file of ``archipel backup``, under the key of the place.

Whoever has that key and reaches the place puts Archipel together again, keys of its database included: ``archipel restore``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django_tasks import task

from archipel.host import operations as host
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.models import BackupPlace, OwnCopy
from archipel.machines.operations.places import PRIORITY, note_trouble, note_works
from archipel.machines.ports import Retention
from archipel.machines.wiring import store_of
from archipel.outbox import operations as outbox

ABOUT = "archipel"
FILE = "archipel.backup"
KEPT = timedelta(days=30)


def keep_everywhere() -> int:
    """Have Archipel copied to every open place, and return how many."""
    return _everywhere(keep_task, "machines.keep")


def read_back_everywhere() -> int:
    """Have the last copy of Archipel in every open place brought back and opened, and return how many places."""
    return _everywhere(read_back_task, "machines.read_back")


def _everywhere(work: object, key: str) -> int:
    places = list(BackupPlace.objects.filter(closed_at=None).order_by("pk"))
    for place in places:
        outbox.enqueue_once(
            task=work,  # type: ignore[arg-type]  # a task, as the decorator makes it
            key=f"{key}:{place.public_id}",
            kwargs={"place_id": place.public_id},
            priority=PRIORITY,
        )
    return len(places)


@task()
def keep_task(*, place_id: str) -> None:
    keep_archipel(place=BackupPlace.objects.get(public_id=place_id))


@task()
def read_back_task(*, place_id: str) -> None:
    read_archipel_back(place=BackupPlace.objects.get(public_id=place_id))


def keep_archipel(*, place: BackupPlace) -> OwnCopy:
    """Copy database, files and locked keys to one place; a failure is written down. Calls outside, repeatable."""
    row = OwnCopy.objects.create(place=place, taken_at=clock.now())
    try:
        with _scratch() as folder:
            host.back_up(file=folder / FILE, passphrase=keys.unlock(place.locked_passphrase))
            store = store_of(place)
            copy = store.keep(ABOUT, folder, taken_at=row.taken_at)
            gone = store.thin_out(ABOUT, Retention(place.keep_daily, place.keep_weekly, place.keep_monthly))
    except (TryLater, RefusedOutside) as error:
        note_trouble(place=place, error=error)
        return _failed(row, error.reason)
    except host.BackupRefused as refused:
        return _failed(row, str(refused))
    row.copy_id, row.bytes, row.finished_at = copy.id, copy.bytes, clock.now()
    row.save(update_fields=["copy_id", "bytes", "finished_at"])
    OwnCopy.objects.filter(place=place, copy_id__in=gone).update(dropped_at=clock.now())
    _forget_old(place)
    note_works(place=place, kept=True)
    return row


def read_archipel_back(*, place: BackupPlace) -> OwnCopy | None:
    """Bring the last copy back and open it wholly, database included; None where there is none. Calls outside, repeatable.

    ``TryLater`` when the place does not answer: that is no result.
    """
    row = OwnCopy.objects.filter(place=place, dropped_at=None).exclude(copy_id="").order_by("-taken_at").first()
    if row is None:
        return None
    row.read_ok, row.problem = True, ""
    try:
        with _scratch() as folder:
            store_of(place).bring_back(row.copy_id, folder)
            host.look_into(file=folder / FILE, passphrase=keys.unlock(place.locked_passphrase))
    except RefusedOutside as refused:
        row.read_ok, row.problem = False, refused.reason[:200]
    except host.BackupRefused as refused:
        row.read_ok, row.problem = False, str(refused)[:200]
    row.read_at = clock.now()
    row.save(update_fields=["read_at", "read_ok", "problem"])
    return row


@contextmanager
def _scratch() -> Iterator[Path]:
    root = Path(settings.ARCHIPEL_DATA) / "tmp" / "backups" / "own"
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(dir=root))
    except OSError as error:
        raise TryLater(f"no room to work in: {error.strerror}", after=600) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _failed(row: OwnCopy, problem: str) -> OwnCopy:
    row.problem, row.finished_at = problem[:200], clock.now()
    row.save(update_fields=["problem", "finished_at"])
    return row


def _forget_old(place: BackupPlace) -> None:
    """Forget tries that failed and copies dropped a month ago."""
    old = OwnCopy.objects.filter(place=place, taken_at__lt=clock.now() - KEPT)
    old.filter(Q(copy_id="") | Q(dropped_at__isnull=False)).delete()
