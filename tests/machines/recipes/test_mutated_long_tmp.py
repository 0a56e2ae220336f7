# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes with something else put anywhere: whatever it is, it is read or said with its place, and nothing breaks."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.machines.recipes.coop_cloud import read_coop_cloud
from archipel.machines.recipes.findings import RecipeRefused
from archipel.machines.recipes.own_format import read_own
from tests.machines.recipes.folders import (
    COMPOSE,
    COOP_COMPOSE,
    COOP_EXPORTS,
    COOP_SAMPLE,
    COOP_TEMPLATE,
    RECIPE,
    written,
)

WORDS = st.one_of(
    st.text(alphabet="ab${}:-/. `|\\\"'{{}}=#,", max_size=12),
    st.sampled_from(
        [
            "${A",
            "$",
            "${A:-${B}}",
            "{{ x }}",
            "0",
            "-1",
            "1e9",
            "true",
            "~",
            "/",
            "../x",
            ":",
            "a:b:c",
            "1.50",
            "0999",
            "é",
            "\u202e",
        ]
    ),
)
SOMETHING: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 10**13), st.floats(allow_nan=False), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value of a tree but the whole."""
    found = [path] if path else []
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in children:
        found += places(child, (*path, key))
    return found


def changed(text: str, data: st.DataObject, times: int) -> str:
    """Return a YAML file with some of its values replaced by something else."""
    tree = copy.deepcopy(yaml.safe_load(text))
    for _time in range(times):
        path = data.draw(st.sampled_from(places(tree)))
        inside = tree
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = data.draw(SOMETHING)
    return yaml.safe_dump(tree, allow_unicode=True)


def holds(recipe: Any) -> None:
    """Assert that a recipe makes a stack, or says why it does not, each time with a file."""
    assert all(finding.place.file and (finding.words or finding.group == "read") for finding in recipe.findings)
    secrets = {secret.name: "x" * 32 for secret in recipe.secrets} | dict.fromkeys(recipe.given, "y")
    try:
        stack = recipe.stack("s-1", values={"DOMAIN": "a.example"}, secrets=secrets)
    except RecipeRefused as refusal:
        assert all(finding.words for finding in refusal.findings)
    else:
        assert recipe.errors == []
        assert all(service.image for service in stack.services)


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), times=st.integers(1, 3), which=st.sampled_from(["recipe.yml", "compose.yml"]))
def test_our_own_format_holds_whatever_is_written(tmp_path, data, times, which):
    files = {"recipe.yml": RECIPE, "compose.yml": COMPOSE}
    files[which] = changed(files[which], data, times)
    holds(read_own(written(tmp_path / "carnet", files)))


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), times=st.integers(1, 3))
def test_co_op_cloud_holds_whatever_is_written(tmp_path, data, times):
    files = {".env.sample": COOP_SAMPLE, "abra.sh": COOP_EXPORTS, "jardin.ini.tmpl": COOP_TEMPLATE}
    holds(read_coop_cloud(written(tmp_path / "jardin", files | {"compose.yml": changed(COOP_COMPOSE, data, times)})))


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(sample=st.lists(st.one_of(WORDS, st.from_regex(r"#? ?[A-Z_]{1,6}=[^\n]{0,12}", fullmatch=True)), max_size=6))
def test_any_file_of_settings_is_read_or_said(tmp_path, sample):
    files = {".env.sample": "\n".join(sample), "compose.yml": COOP_COMPOSE, "jardin.ini.tmpl": COOP_TEMPLATE}
    holds(read_coop_cloud(written(tmp_path / "jardin", files)))


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"compose.yml": ""},
        {"compose.yml": "services: []"},
        {"compose.yml": "services: {a: }"},
        {"compose.yml": "services: {a: []}"},
    ],
)
def test_a_nearly_empty_recipe_says_what_is_missing(tmp_path, files):
    folder: Path = written(tmp_path / "vide", {"README.md": "x"} | files)
    assert read_own(folder).errors != []
    assert read_coop_cloud(folder).errors != []
