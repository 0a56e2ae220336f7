# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.catalogue import states


def test_every_state_has_words_and_says_what_it_allows():
    assert set(states.Service.states) == set(states.LABELS) == set(states.TONES) == set(states.ALLOWED)


def test_the_form_is_open_only_where_somebody_may_be_taken():
    assert [state for state in states.ALLOWED if states.allows(state).requests] == ["trial", "open", "full"]
    assert [state for state in states.ALLOWED if states.allows(state).waiting_only] == ["trial", "full"]


def test_only_what_has_ended_leaves_the_public_list():
    assert [state for state in states.ALLOWED if not states.allows(state).shown] == ["closed"]


def test_nothing_new_is_opened_once_a_service_ends():
    assert [state for state in states.ALLOWED if not states.allows(state).opens] == ["considered", "closing", "closed"]
