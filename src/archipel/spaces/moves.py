# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one way a space changes state, and how its acts are written to history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from archipel.history import operations as history
from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.spaces import states
from archipel.spaces.models import LeftBehind, Space


def locked(space: Space) -> Space:
    """Read the space again and hold its row until the end of the caller's transaction."""
    return Space.objects.select_for_update(of=("self",)).select_related("organisation", "service").get(pk=space.pk)


def move(space: Space, to: str, **values: Any) -> None:
    """Move a locked space (``MoveRefused``), with what changes along."""
    states.SPACE.check(space.state, to)
    space.state = to
    for name, value in values.items():
        setattr(space, name, value)
    space.save(update_fields=["state", *values])


def full_title(space: Space) -> str:
    """Return what a space is called, with whose it is unless its title says so already."""
    whose = space.organisation.name
    return space.title if space.title == whose else f"{space.title} · {whose}"


def note_left_behind(*, space: Space, machine: Machine, data_of: datetime | None) -> None:
    """Remember, in the caller's transaction, what a space leaves on a machine that is lost."""
    values = {"data_of": data_of, "since": clock.now()}
    LeftBehind.objects.update_or_create(space=space, machine=machine, dropped_at=None, defaults=values)


def record(
    what: str,
    space: Space,
    actor: Any = None,
    *,
    visible: Literal["organisation", "host"] = "organisation",
    **details: Any,
) -> None:
    """Write what happened to a space."""
    history.record(
        what=what,
        about=("space", space.public_id, space.title),
        organisation_id=space.organisation.public_id,
        actor=actor,
        visible=visible,
        **details,
    )
