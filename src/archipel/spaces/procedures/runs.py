# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every step reads first: the space it is about, and the person it is for."""

from __future__ import annotations

from archipel.identity.models import Person
from archipel.procedures.definitions import Run
from archipel.spaces.models import Space


def space_of(run: Run, *needed: str) -> Space:
    """Read the space with no more than a step needs: a wave opens a thousand of them."""
    return Space.objects.select_related(*needed).get(public_id=run.about_id)


def person_of(run: Run) -> Person | None:
    """Return who a space is opened for, while they may sign in."""
    return Person.objects.filter(public_id=run.context.get("person_id", ""), is_active=True).first()
