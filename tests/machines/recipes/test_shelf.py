# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import tomllib

import pytest

from archipel.machines.recipes import all_recipes, read_recipe, recipe_named
from archipel.machines.recipes.findings import RecipeRefused
from archipel.machines.recipes.shelf import BESIDE, folders
from tests.architecture.sources import ROOT
from tests.machines.recipes.folders import COMPOSE, RECIPE, written

OURS = sorted(path.parent.name for path in (ROOT / "recipes").glob("*/recipe.yml"))


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_recipes_has_no_error(name):
    recipe = recipe_named(name)
    assert (recipe.slug, recipe.findings == tuple(one for one in recipe.findings if one.group == "read")) == (
        name,
        True,
    )


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_recipes_makes_a_stack_of_every_version(name):
    recipe = recipe_named(name)
    secrets = {one.name: "x" * one.length for one in recipe.secrets} | dict.fromkeys(recipe.given, "y")
    for version in recipe.versions:
        stack = recipe.stack("s-1", version=version.name, values={"DOMAIN": "a.example"}, secrets=secrets)
        assert {service.name: service.image for service in stack.services} == version.images
        assert sum((one.memory_reserved or 0) * one.replicas for one in stack.services) == recipe.memory
        assert set(stack.secrets) == set(secrets)


def test_wordpress_is_one_of_ours():
    assert "wordpress" in OURS
    assert BESIDE == ROOT / "recipes"


def test_an_installed_package_carries_each_of_our_recipes():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    found = {
        target: sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern))
        for target, patterns in listed.items()
        if target.startswith("share/archipel/recipes/")
    }
    wanted = {
        f"share/archipel/recipes/{name}": sorted(
            str(path.relative_to(ROOT)) for path in (ROOT / "recipes" / name).iterdir() if path.is_file()
        )
        for name in OURS
    }
    assert found == wanted


def test_a_recipe_of_the_host_goes_before_ours(tmp_path, monkeypatch):
    written(tmp_path / "wordpress", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path))
    assert recipe_named("wordpress").name == "Carnet"
    assert [path for path in folders()[:2]] == [tmp_path, ROOT / "recipes"]
    assert [recipe.name for recipe in all_recipes() if recipe.slug == "wordpress"] == ["Carnet"]


def test_several_folders_are_looked_into_in_their_order(tmp_path, monkeypatch):
    for shelf, name in (("a", "one"), ("b", "one"), ("b", "two")):
        written(
            tmp_path / shelf / name,
            {"recipe.yml": RECIPE.replace("Carnet", f"{shelf} {name}", 1), "compose.yml": COMPOSE},
        )
    monkeypatch.setenv("ARCHIPEL_RECIPES", f"{tmp_path / 'a'}:{tmp_path / 'absent'}:{tmp_path / 'b'}")
    assert [recipe.name for recipe in all_recipes() if recipe.slug in ("one", "two")] == ["a one", "b two"]


def test_a_recipe_that_is_nowhere_is_refused():
    with pytest.raises(RecipeRefused, match="there is no recipe nothing in "):
        recipe_named("nothing")
    with pytest.raises(RecipeRefused, match=r"there is no recipe \.\./\.\./etc in "):
        recipe_named("../../etc")


def test_a_recipe_with_an_error_is_refused_by_name_and_still_listed(tmp_path, monkeypatch):
    written(tmp_path / "broken", {"recipe.yml": RECIPE, "compose.yml": COMPOSE.replace("pids: 50", "pids: many")})
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path))
    with pytest.raises(
        RecipeRefused, match=r"compose.yml:15 services.app.deploy.resources.limits.pids: a whole number is expected"
    ):
        recipe_named("broken")
    assert [len(recipe.errors) for recipe in all_recipes() if recipe.slug == "broken"] == [2]


def test_a_folder_without_a_compose_file_is_no_recipe(tmp_path):
    with pytest.raises(RecipeRefused, match=r"there is no compose.yml here: a folder with a recipe is expected"):
        read_recipe(tmp_path)


def test_a_recipe_is_read_again_when_one_of_its_files_changes(tmp_path):
    folder = written(tmp_path / "carnet", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    first = read_recipe(folder)
    assert read_recipe(folder) is first
    written(folder, {"recipe.yml": RECIPE.replace("name: Carnet", "name: Cahier d'équipe")})
    assert read_recipe(folder).name == "Cahier d'équipe"
