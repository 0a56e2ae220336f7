# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.admissions import states


def test_request_moves_are_these_and_no_others():
    assert {state: set(targets) for state, targets in states.REQUEST.table.items()} == {
        "draft": {"submitted", "withdrawn"},
        "submitted": {"in_review", "question", "waiting", "accepted", "redirected", "declined", "withdrawn"},
        "in_review": {"question", "waiting", "accepted", "redirected", "declined", "withdrawn"},
        "question": {"in_review", "waiting", "accepted", "redirected", "declined", "withdrawn"},
        "waiting": {"in_review", "question", "accepted", "redirected", "declined", "withdrawn"},
        "accepted": {"in_review", "waiting", "agreed", "withdrawn"},
        "redirected": {"in_review"},
        "declined": {"in_review"},
        "agreed": {"opening"},
        "opening": {"open", "in_review"},
        "open": set(),
        "withdrawn": set(),
    }


def test_wave_moves_are_these_and_no_others():
    assert {state: set(targets) for state, targets in states.WAVE.table.items()} == {
        "planned": {"open", "cancelled"},
        "open": {"closed", "cancelled"},
        "closed": set(),
        "cancelled": set(),
    }


def test_every_state_before_agreed_may_be_withdrawn():
    may = {state for state in states.REQUEST.states if states.REQUEST.allows(state, "withdrawn")}

    assert may == set(states.BEFORE_AGREED)


def test_every_state_has_its_words():
    assert set(states.LABELS) == set(states.REQUEST.states)
    assert set(states.WAVE_LABELS) == set(states.WAVE.states)
