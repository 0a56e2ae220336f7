# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.procedures.definitions import StepDefinition, all_definitions, define, definition_of
from tests.procedures import toy

ONE = StepDefinition("one", label="One", run=lambda run: None)


def test_definition_keeps_its_steps_in_order():
    assert [step.name for step in definition_of(toy.KIND).steps] == list(toy.STEPS)


@pytest.mark.parametrize(("kind", "steps"), [(toy.KIND, [ONE]), ("toy.none", []), ("toy.double", [ONE, ONE])])
def test_bad_definition_is_a_bug(kind, steps):
    with pytest.raises(ValueError, match=kind):
        define(kind, title="x", steps=steps)


def test_unknown_kind_and_step_are_none():
    assert (definition_of("toy.unknown"), definition_of(toy.KIND).step("swim")) == (None, None)


def test_names_fit_their_columns():
    for definition in all_definitions().values():
        assert max(len(definition.kind), *(len(step.name) for step in definition.steps)) <= 60
