# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of machines, by noun; callers need not know in which file."""

from __future__ import annotations

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

__all__ = [
    "change_place",
    "check_all_places",
    "check_place",
    "check_place_soon",
    "close_place",
    "confirm_key_kept",
    "declare_place",
    "keep_archipel",
    "keep_everywhere",
    "note_trouble",
    "note_works",
    "read_archipel_back",
    "read_back_everywhere",
    "show_key",
]
