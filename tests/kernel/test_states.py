# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel.states import MoveRefused, Moves

DOOR = Moves.of({"open": "shut", "shut": "open locked", "locked": "shut"})


def test_moves_follow_the_table():
    assert [(a, b) for a in DOOR.states for b in DOOR.states if DOOR.allows(a, b)] == [
        ("open", "shut"), ("shut", "open"), ("shut", "locked"), ("locked", "shut"),
    ]  # fmt: skip


def test_a_move_outside_the_table_is_refused():
    with pytest.raises(MoveRefused) as refusal:
        DOOR.check("open", "locked")
    assert refusal.value.details == {"before": "open", "after": "locked"}


def test_a_table_names_only_states_it_has():
    with pytest.raises(ValueError, match="ajar"):
        Moves.of({"open": "ajar"})
