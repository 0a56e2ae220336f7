# SPDX-License-Identifier: AGPL-3.0-or-later
"""How acts on machines and places are written to history: for the people of the host."""

from __future__ import annotations

from typing import Any

from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.machines.models import Machine, Site


def record_machine(what: str, machine: Machine, by: Person | None, **details: Any) -> None:
    """Write what happened to a machine."""
    about = ("machine", machine.public_id, machine.name)
    history.record(what=what, about=about, actor=by, visible="host", **details)


def record_site(what: str, site: Site, by: Person | None, **details: Any) -> None:
    """Write what happened to a place."""
    history.record(what=what, about=("site", site.public_id, site.name), actor=by, visible="host", **details)
