# SPDX-License-Identifier: AGPL-3.0-or-later
"""Business reads of machines, by noun."""

from __future__ import annotations

from archipel.machines.queries.desk import (
    DeskMachines,
    MachineLine,
    MachineView,
    all_lines,
    desk_machines,
    engine_view,
    machine_view,
    sites,
)
from archipel.machines.queries.places import open_places, place_by_public_id, place_lines, places_by_name
from archipel.machines.queries.today import today_lines
from archipel.machines.queries.where import Standpoint, keepers_of_websites, standpoint_of

__all__ = [
    "DeskMachines",
    "MachineLine",
    "MachineView",
    "Standpoint",
    "all_lines",
    "desk_machines",
    "engine_view",
    "keepers_of_websites",
    "machine_view",
    "open_places",
    "place_by_public_id",
    "place_lines",
    "places_by_name",
    "sites",
    "standpoint_of",
    "today_lines",
]
