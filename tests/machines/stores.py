# SPDX-License-Identifier: AGPL-3.0-or-later
"""Places for back-ups in memory, named in ``BACKUP_STORE``; and one declared by hand."""

from __future__ import annotations

from typing import Any

from archipel.connectors.restic.fake import FakeBackups, Shelf
from archipel.kernel import clock, keys
from archipel.machines.models import BackupPlace, Site
from archipel.machines.ports import BackupPlaceSpec, BackupStore

NAME = "tests.machines.stores.current"
KEY = "clef-des-essais"
_current: list[FakeBackups] = []


def renew() -> FakeBackups:
    """Begin with places that hold nothing."""
    _current[:] = [FakeBackups()]
    return _current[0]


def current(spec: BackupPlaceSpec) -> BackupStore:
    return _current[0](spec)


def shelf(location: str) -> Shelf:
    """Return what a location holds."""
    return _current[0].shelves[location]


def site(name: str = "Cave du Port", country: str = "FR") -> Site:
    return Site.objects.create(name=name, country=country)


def place(
    name: str = "Chez le voisin", location: str = "/copies", *, prepared: bool = True, **changes: Any
) -> BackupPlace:
    """A place that was prepared, in the fake of this test."""
    now = clock.now()
    values = {"kind": "folder", "locked_passphrase": keys.lock(KEY), "created_at": now, "key_kept_at": now} | changes
    if prepared:
        values = {"checked_at": now} | values
        current(BackupPlaceSpec("folder", location, KEY)).ensure()
    return BackupPlace.objects.create(name=name, location=location, **values)
