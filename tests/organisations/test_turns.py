# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work in many short transactions leaves gaps that another writer finds."""

from __future__ import annotations

import pytest

from archipel.organisations.moving import turns


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves; how long was slept is kept."""
    state = {"now": 0.0, "slept": []}
    monkeypatch.setattr(turns.time, "monotonic", lambda: state["now"])
    monkeypatch.setattr(turns.time, "sleep", state["slept"].append)
    return state


def write_for(clock, seconds):
    with turns.taken_in_turns() as mine:
        for each in seconds:
            with mine.write():
                clock["now"] += each


def test_a_gap_comes_before_the_next_write_once_those_before_took_long_and_at_the_end(clock):
    write_for(clock, [0.2, 0.2, 0.2])

    assert clock["slept"] == [turns.GAP, turns.GAP]


def test_short_work_waits_no_longer_than_it_took(clock):
    write_for(clock, [0.01])

    assert clock["slept"] == [pytest.approx(0.01)]
