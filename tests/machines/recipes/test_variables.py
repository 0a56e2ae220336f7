# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.machines.recipes.findings import Unreadable
from archipel.machines.recipes.located import leaves
from archipel.machines.recipes.variables import Malformed, filled, names_in, replaced
from tests.machines.recipes.folders import tree

VALUES = {"A": "one", "EMPTY": "", "_x9": "two"}


def put(text: str) -> str:
    return replaced(text, VALUES, lambda name: f"<{name}>")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain", "plain"), ("$A", "one"), ("${A}", "one"), ("$A.b", "one.b"), ("x${A}y", "xoney"), ("$_x9", "two"), ("$$A", "$A"), ("$$$A", "$one"),
        ("${A:-z}", "one"), ("${A-z}", "one"), ("${EMPTY:-z}", "z"), ("${EMPTY-z}", ""), ("${NO:-z}", "z"), ("${NO-z}", "z"), ("${NO:-}", ""),
        ("${A:?say}", "one"), ("${EMPTY?say}", ""), ("$NO", "<NO>"), ("${NO}", "<NO>"), ("${NO:-${A}}", "one"), ("${NO:-a${NO:-b${A}}c}d", "abonecd"),
        ("${NO:-$$x}", "$x"), ("Host(`${A}`${EMPTY})", "Host(`one`)"), ("${NO:-http://x:80/}", "http://x:80/"),
    ],
)  # fmt: skip
def test_variables_are_replaced_as_compose_does(text, made):
    assert put(text) == made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$", "after $ a name is expected; write $$ for a dollar sign"),
        ("a $ b", "after $ a name is expected; write $$ for a dollar sign"),
        ("$1", "after $ a name is expected; write $$ for a dollar sign"),
        ("${A", "${ is never closed by }"),
        ("${NO:-${A}", "${ is never closed by }"),
        ("${}", "after ${ a name is expected"),
        ("${A B}", "after ${A one of } :- - :? ? is expected"),
        ("${A:+x}", "after ${A one of } :- - :? ? is expected"),
        ("${NO:?give a name}", "NO must have a value: give a name"),
        ("${EMPTY:?}", "EMPTY must have a value"),
        ("${NO?}", "NO must have a value"),
        ("${N:-" * 10 + "}" * 10, "more than 8 defaults in one another"),
    ],
)
def test_what_is_no_variable_is_refused(text, words):
    with pytest.raises(Malformed) as problem:
        put(text)
    assert str(problem.value) == words


@given(st.text(max_size=50))
def test_a_text_whose_dollars_are_doubled_stays_as_it_is(text):
    assert put(text.replace("$", "$$")) == text


@given(st.text(max_size=50))
def test_any_text_is_replaced_or_refused(text):
    try:
        assert isinstance(put(text), str)
    except Malformed as problem:
        assert "$" in text and str(problem)


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), st.text(max_size=20), max_size=4))
def test_a_value_with_dollars_is_not_replaced_again(values):
    for name, value in values.items():
        assert replaced(f"${{{name}-}}", values, lambda _name: "") == value


def test_only_values_of_a_tree_are_filled_never_keys():
    found = filled(tree("$A: [$A, {b: '${A}'}]\n"), VALUES, lambda *_: "")
    assert [(key, leaf.text) for key, leaf in leaves(found)] == [("$A[0]", "one"), ("$A[1].b", "one")]


def test_a_bad_variable_is_refused_with_its_line_and_key():
    with pytest.raises(Unreadable) as problem:
        filled(tree("a:\n  b: ${A\n"), VALUES, lambda *_: "")
    assert str(problem.value) == "compose.yml:2 a.b: ${ is never closed by }"


def test_names_are_found_within_defaults_and_not_in_messages():
    assert names_in(tree("a: ['$A', '${B:-${C}}', '${D:?$E}', '$$F', '${G']\n")) == {"A", "B", "C", "D"}
