# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where recipes are: the folders a host names, those beside the source, those of an installed package.

``ARCHIPEL_RECIPES`` names folders of the host's own, separated by colons; a recipe found there goes before ours of the same name.
"""

from __future__ import annotations

import os
import re
import sysconfig
from functools import lru_cache
from pathlib import Path

from archipel.machines.recipes.coop_cloud import read_coop_cloud
from archipel.machines.recipes.findings import Finding, Place, RecipeRefused
from archipel.machines.recipes.own_format import COMPOSE, RECIPE, read_own
from archipel.machines.recipes.recipe import Recipe
from archipel.machines.recipes.sampling import paths_of

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
VARIABLE = "ARCHIPEL_RECIPES"
# Four folders up from this file: the checkout, or what an image copied whole.
BESIDE = Path(__file__).resolve().parents[4] / "recipes"
INSTALLED = Path("share") / "archipel" / "recipes"

Stamp = tuple[tuple[str, int, int], ...]


def folders() -> list[Path]:
    """Return the folders looked into, those of the host first."""
    own = [Path(path).absolute() for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]
    return [*own, BESIDE, Path(sysconfig.get_path("data")) / INSTALLED]


def read_recipe(folder: Path) -> Recipe:
    """Return the recipe a folder holds, in our format when it has a ``recipe.yml``, else in Co-op Cloud's.

    What is wrong with it stands in its ``findings``; ``RecipeRefused`` only where there is no recipe at all.
    """
    if not (folder / COMPOSE).is_file():
        words = f"there is no {COMPOSE} here: a folder with a recipe is expected"
        raise RecipeRefused([Finding("not_read", Place(folder.name or str(folder)), "", words, error=True)])
    return _read(folder.absolute(), _stamp(folder))


def recipe_named(name: str) -> Recipe:
    """Return a recipe by the name of its folder; ``RecipeRefused`` when there is none, or it cannot be used as it is."""
    folder = next((found for found in folders_of_recipes() if found.name == name), None)
    if folder is None:
        words = f"there is no recipe {name[:60]} in {', '.join(str(path) for path in folders())}"
        raise RecipeRefused([Finding("not_read", Place(name[:60]), "", words, error=True)])
    recipe = read_recipe(folder)
    if recipe.errors:
        raise RecipeRefused(recipe.errors)
    return recipe


def all_recipes() -> list[Recipe]:
    """Return every recipe found, by name, those with errors too: whoever lists them says so."""
    return [read_recipe(folder) for folder in folders_of_recipes()]


def folders_of_recipes() -> list[Path]:
    """Return a folder for each recipe, by name; of two with one name the first in the order of ``folders``."""
    found: dict[str, Path] = {}
    for shelf in folders():
        for folder in sorted(shelf.iterdir()) if shelf.is_dir() else ():
            if SLUG.fullmatch(folder.name) and (folder / COMPOSE).is_file():
                found.setdefault(folder.name, folder)
    return [found[name] for name in sorted(found)]


def _stamp(folder: Path) -> Stamp:
    """Return what changes when a file of the recipe does: a recipe is read again then, and only then."""
    stamps = ((str(path), path.lstat()) for path in paths_of(folder))
    return tuple((name, stamp.st_mtime_ns, stamp.st_size) for name, stamp in stamps)


@lru_cache(maxsize=64)
def _read(folder: Path, _files: Stamp) -> Recipe:
    return read_own(folder) if (folder / RECIPE).is_file() else read_coop_cloud(folder)
