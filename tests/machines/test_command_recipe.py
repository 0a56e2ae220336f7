# SPDX-License-Identifier: AGPL-3.0-or-later
"""``archipel recipe``: what it prints and how it ends. No test here has a database: the command must do without."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.machines.recipes.folders import COMPOSE, RECIPE, written


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("recipe", *words, stdout=out)
    return out.getvalue()


def test_list_says_each_recipe_with_its_versions_and_errors(tmp_path, monkeypatch):
    written(tmp_path / "carnet", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    written(tmp_path / "perdu", {"recipe.yml": "format: 1\n", "compose.yml": COMPOSE})
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path))
    lines = {line.split()[0]: line.split() for line in said("list").splitlines()}
    assert lines["carnet"] == ["carnet", "archipel", "1.0,", "2.0", "ok", str(tmp_path / "carnet")]
    assert (lines["perdu"][2], lines["perdu"][4], lines["wordpress"][3]) == ("-", "errors", "ok")


def test_check_of_a_good_recipe_ends_well(tmp_path):
    folder = written(tmp_path / "carnet", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    text = said("check", str(folder))
    assert text.splitlines()[0] == "Carnet (carnet), a recipe in the format of Archipel"
    assert text.splitlines()[-1] == "No error."


def test_check_of_a_recipe_with_an_error_prints_it_and_fails(tmp_path):
    folder = written(
        tmp_path / "carnet", {"recipe.yml": RECIPE.replace("port: 8000", "port: x"), "compose.yml": COMPOSE}
    )
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"carnet cannot be used as it is\."):
        call_command("recipe", "check", str(folder), stdout=out)
    assert "! recipe.yml:23 route.port: a whole number is expected" in out.getvalue().splitlines()


def test_check_of_a_folder_without_a_recipe_fails(tmp_path):
    with pytest.raises(CommandError, match=r"there is no compose\.yml here"):
        said("check", str(tmp_path))


def test_check_of_the_folder_one_stands_in_knows_its_name(tmp_path, monkeypatch):
    folder = written(tmp_path / "carnet", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    monkeypatch.chdir(folder)
    assert said("check", ".").startswith("Carnet (carnet), ")
