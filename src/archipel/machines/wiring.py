# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the configuration gives this app: the engine (``ENGINE``), and who knows which spaces live where."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from archipel.machines.ports import Engine, SpacesOnMachines


def engine_here() -> Engine | None:
    """Return the engine; None where nothing runs in containers. Only the worker calls it, never in a transaction."""
    if not settings.ENGINE:
        return None
    return cast("Engine | None", import_string(settings.ENGINE)())


def spaces_on_machines() -> SpacesOnMachines:
    """Return who knows which spaces live on which machine."""
    return cast(SpacesOnMachines, import_string(settings.SPACES_ON_MACHINES)())
