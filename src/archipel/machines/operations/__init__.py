# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of machines, by noun; callers need not know in which file."""

from __future__ import annotations

from archipel.machines.operations.declaring import change_machine, change_site, declare_machine, declare_site
from archipel.machines.operations.draining import drain_machine, retire_machine, return_machine
from archipel.machines.operations.measuring import report_disk
from archipel.machines.operations.own_copies import (
    keep_archipel,
    keep_everywhere,
    read_archipel_back,
    read_back_everywhere,
)
from archipel.machines.operations.places import (
    change_place,
    check_all_places,
    check_place,
    check_place_soon,
    close_place,
    confirm_key_kept,
    declare_place,
    note_trouble,
    note_works,
    show_key,
)
from archipel.machines.operations.placing import NoRoom, choose_machine
from archipel.machines.operations.reading import mark_lost, note_engine_silent, read_machines, take_in
from archipel.machines.operations.telling import forget_node, push_machine

__all__ = [
    "NoRoom",
    "change_machine",
    "change_place",
    "change_site",
    "check_all_places",
    "check_place",
    "check_place_soon",
    "choose_machine",
    "close_place",
    "confirm_key_kept",
    "declare_machine",
    "declare_place",
    "declare_site",
    "drain_machine",
    "forget_node",
    "keep_archipel",
    "keep_everywhere",
    "mark_lost",
    "note_engine_silent",
    "note_trouble",
    "note_works",
    "push_machine",
    "read_archipel_back",
    "read_back_everywhere",
    "read_machines",
    "report_disk",
    "retire_machine",
    "return_machine",
    "show_key",
    "take_in",
]
