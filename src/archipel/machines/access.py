# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only way a machine or a site reaches a person: those of the host who operate it."""

from __future__ import annotations

from typing import Any

from archipel.kernel.refusals import NotFound
from archipel.machines.models import Machine, Site
from archipel.organisations.access import require_desk

VERB = "operate"


def machine_of(person: Any, public_id: str) -> Machine:
    """Return a machine to who operates the host (``NotFound`` for others and for one that never was)."""
    require_desk(person, VERB)
    machine = Machine.objects.select_related("site").filter(public_id=public_id).first()
    if machine is None:
        raise NotFound
    return machine


def site_of(person: Any, public_id: str) -> Site:
    """Return a site to who operates the host."""
    require_desk(person, VERB)
    site = Site.objects.filter(public_id=public_id).first()
    if site is None:
        raise NotFound
    return site
