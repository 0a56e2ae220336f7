# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the configuration gives this app: the engine (``ENGINE``) and the store of back-ups (``BACKUP_STORE``), for the
worker alone; and who knows which spaces live where."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from archipel.kernel import keys
from archipel.machines.models import BackupPlace
from archipel.machines.ports import BackupPlaceSpec, BackupStore, Engine, SpacesOnMachines


def engine_here() -> Engine | None:
    """Return the engine; None where nothing runs in containers. Only the worker calls it, never in a transaction."""
    if not settings.ENGINE:
        return None
    return cast("Engine | None", import_string(settings.ENGINE)())


def spaces_on_machines() -> SpacesOnMachines:
    """Return who knows which spaces live on which machine."""
    return cast(SpacesOnMachines, import_string(settings.SPACES_ON_MACHINES)())


def spec_of(place: BackupPlace) -> BackupPlaceSpec:
    """Return what a store is made from, unlocked."""
    return BackupPlaceSpec(
        kind=place.kind,
        location=place.location,
        passphrase=keys.unlock(place.locked_passphrase),
        credentials=json.loads(keys.unlock(place.locked_credentials)) if place.locked_credentials else {},
    )


def store_from(spec: BackupPlaceSpec) -> BackupStore:
    """Return the store of a specification; ``RefusedOutside("bad_input")`` for what cannot be a place. Calls nobody."""
    return cast(Callable[[BackupPlaceSpec], BackupStore], import_string(settings.BACKUP_STORE))(spec)


def store_of(place: BackupPlace) -> BackupStore:
    """Return what keeps and brings back copies in a place."""
    return store_from(spec_of(place))
