# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures import faults


def _three_calls():
    for _ in range(3):
        _one_call()


def _one_call():
    _one_call.count += 1


@pytest.fixture(autouse=True)
def no_calls():
    _one_call.count = 0


def test_fault_is_inert_in_production(settings, monkeypatch):
    settings.DEMONSTRATION = False
    monkeypatch.setenv("ARCHIPEL_FAULT", "refuse:kind:step:before")
    faults.strike("kind", "step", "before")
    with faults.inside("kind", "step", "tests"):
        _three_calls()
    assert (faults.planned(), _one_call.count) == (None, 3)


def test_fault_strikes_only_where_it_is_planned(monkeypatch):
    monkeypatch.setenv("ARCHIPEL_FAULT", "later:kind:step:before")
    for here in (("other", "step", "before"), ("kind", "other", "before"), ("kind", "step", "after")):
        faults.strike(*here)
    with pytest.raises(TryLater):
        faults.strike("kind", "step", "before")


def test_fault_inside_strikes_in_the_middle(monkeypatch):
    monkeypatch.setenv("ARCHIPEL_FAULT", "refuse:kind:step:inside@3")
    with pytest.raises(RefusedOutside), faults.inside("kind", "step", "tests"):
        _three_calls()
    assert _one_call.count == 1


def test_fault_inside_strikes_at_the_latest_at_the_end(monkeypatch):
    monkeypatch.setenv("ARCHIPEL_FAULT", "refuse:kind:step:inside@99")
    with pytest.raises(RefusedOutside), faults.inside("kind", "step", "tests"):
        _three_calls()
    assert _one_call.count == 3
