# SPDX-License-Identifier: AGPL-3.0-or-later
"""What runs containers: a Docker swarm (``ARCHIPEL_ENGINE``), or nothing."""

from __future__ import annotations

import os
import string
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

from archipel.machines.ports import Engine, MachineSeen

# What ``ARCHIPEL_ENGINE_MACHINES`` may name of a machine.
OF_A_MACHINE = {"address", "name"}


class WrongAddress(Exception):
    """An engine cannot be at what the settings say."""


@lru_cache(maxsize=1)
def engine() -> Engine | None:
    """Return the container engine, None when there is none and in the demonstration. Only the worker calls it."""
    said = _managers()
    if settings.DEMONSTRATION or not said:
        return None
    from archipel.connectors.swarm.connector import SwarmEngine  # late: loaded only where there are containers

    try:
        return SwarmEngine(said, address_of=_address_of())
    except ValueError as problem:
        raise WrongAddress(f"ARCHIPEL_ENGINE: {problem}") from None


def check_settings() -> None:
    """Refuse to start (``WrongAddress``) with an address no engine can have."""
    engine()


def _managers() -> list[str]:
    return [one.strip() for one in os.environ.get("ARCHIPEL_ENGINE", "").split(",") if one.strip()]


def _address_of() -> Callable[[MachineSeen], str | None]:
    """Return where the engine of a machine answers, as ``ARCHIPEL_ENGINE_MACHINES`` says it for all of them."""
    pattern = os.environ.get("ARCHIPEL_ENGINE_MACHINES", "").strip()
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
    except ValueError:
        named = {pattern}
    if not named <= OF_A_MACHINE or (pattern and not pattern.startswith(("ssh://", "unix://"))):
        raise WrongAddress("ARCHIPEL_ENGINE_MACHINES is like ssh://archipel@{address}, with {address} or {name}")
    return lambda machine: pattern.format(address=machine.address, name=machine.name) if pattern else None
