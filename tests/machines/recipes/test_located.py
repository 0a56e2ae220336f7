# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.machines.recipes.findings import Place, Unreadable
from archipel.machines.recipes.located import Items, Leaf, Table, kind_of, leaves, read_yaml, whole_number
from tests.machines.recipes.folders import tree


def refusal(text: str | bytes) -> str:
    with pytest.raises(Unreadable) as problem:
        read_yaml(text if isinstance(text, bytes) else text.encode(), "x.yml")
    return str(problem.value)


def test_every_value_knows_its_line():
    found = tree("a: 1\nb:\n  - x\n  - c: y\n")
    assert [(key, leaf.text, leaf.place) for key, leaf in leaves(found)] == [
        ("a", "1", Place("compose.yml", 1)),
        ("b[0]", "x", Place("compose.yml", 3)),
        ("b[1].c", "y", Place("compose.yml", 4)),
    ]
    assert found.at("b") == Place("compose.yml", 2)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("1", "whole"), ("0444", "whole"), ("0o444", "whole"), ("0x1F", "whole"), ("-3", "whole"), ("08", "text"), ("1.5", "decimal"),
        ("1e3", "decimal"), (".5", "decimal"), ("true", "flag"), ("False", "flag"), ("no", "text"), ("on", "text"), ("~", "nothing"),
        ("null", "nothing"), ("", "nothing"), ("22:22", "text"), ("2026-11-26", "text"), ("1_000", "text"), ("=", "text"), ("nan", "text"),
    ],
)  # fmt: skip
def test_a_bare_word_means_what_docker_takes_it_for(word, kind):
    assert kind_of(word) == kind
    if word != "~":
        found = tree(f"a: {word}\n").entries["a"]
        assert isinstance(found, Leaf)
        assert (found.kind, found.text) == (kind, word)


def test_a_word_in_quotes_is_text():
    assert [leaf.kind for _, leaf in leaves(tree("a: '1'\nb: \"true\"\nc: |\n  1\n"))] == ["text"] * 3


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("0444", 0o444), ("0o17", 15), ("0x1f", 31), ("-3", -3), ("0", 0)]
)
def test_whole_number_is_read_in_its_base(text, number):
    assert whole_number(text) == number


def test_anchors_and_merge_keys_are_put_in_and_own_keys_win():
    found = tree("x-a: &a {one: 1, two: 2}\nx-b: &b {two: 3, three: 3}\nc:\n  <<: [*a, *b]\n  one: 9\n")
    merged = found.entries["c"]
    assert isinstance(merged, Table)
    assert {key: leaf.text for key, leaf in leaves(merged)} == {"one": "9", "two": "2", "three": "3"}


def test_an_alias_of_a_list_is_put_in():
    found = tree("a: &a [x, y]\nb: *a\n")
    assert isinstance(found.entries["b"], Items)
    assert [leaf.text for _, leaf in leaves(found.entries["b"])] == ["x", "y"]


def test_a_bomb_of_aliases_is_refused_at_once():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    began = time.monotonic()
    assert "more than 20000 values once the aliases are put in" in refusal("\n".join(lines))
    assert time.monotonic() - began < 10


def test_a_bomb_of_merge_keys_is_refused():
    lines = ["a0: &a0 {k: 1}"]
    lines += [
        f"a{n}: &a{n}\n  l: {{<<: *a{n - 1}, x: *a{n - 1}}}\n  m: *a{n - 1}\n  n: *a{n - 1}" for n in range(1, 12)
    ]
    assert "values once the aliases are put in" in refusal("\n".join(lines))


def test_an_alias_that_holds_itself_is_refused():
    assert refusal("a: &a [*a]\n") == "x.yml:1 a[0]: an alias holds itself"


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [id]", "!include other.yml", "!!binary aGVsbG8=", "!!set {a}", "!!omap [a: 1]", "!x {a: 1}"]
)  # fmt: skip
def test_tags_are_refused(tag):
    assert "is not read: write the value itself" in refusal(f"a: {tag}\n")


def test_a_key_given_twice_is_refused_with_its_line():
    assert refusal("a:\n  b: 1\n  c: 2\n  b: 3\n") == "x.yml:4 a.b: the key is there twice"


def test_a_very_deep_file_is_refused():
    assert refusal("a: " + "[" * 5000 + "]" * 5000) == "x.yml:1 : more than 40 levels deep"


def test_a_very_large_file_is_refused():
    assert refusal(b"a: " + b"x" * 300_000) == "x.yml : the file has more than 256 KiB"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a mapping is expected: keys, each with its value"),
        (b"- a\n", "a mapping is expected: keys, each with its value"),
        (b"a: 1\n---\nb: 2\n", "this is not YAML: but found another document"),
        (b"a: [1\nb: 2\n", "this is not YAML"),
        (b"a: \xff\n", "the file is not UTF-8"),
        (b"a: \x07\n", "a sign that may not stand in a text file"),
        (b"? [a]\n: 1\n", "a key must be a word"),
        (b"a: *nobody\n", "this is not YAML: found undefined alias 'nobody'"),
        (b"a: {<<: 1}\n", "an alias of a mapping is expected"),
    ],
)
def test_what_is_no_mapping_of_words_is_refused(content, words):
    assert words in refusal(content)


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_refused(text):
    try:
        found = read_yaml(text.encode("utf-8", "surrogatepass"), "x.yml")
    except Unreadable as problem:
        assert problem.words
    else:
        assert isinstance(found, Table)


@given(st.text(alphabet="ab: \n-[]{}&*!?|>'\"#%@`,<0\\", max_size=60))
def test_any_signs_of_yaml_are_a_tree_or_refused(text):
    try:
        assert read_yaml(text.encode(), "x.yml").place.line >= 1
    except Unreadable as problem:
        assert problem.words
