# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes: how applications run in containers, as data in ``recipes/<app>/`` or as Co-op Cloud writes them. No Django here.

``recipe_named("wordpress").stack("s-…", values={…}, secrets={…})`` is all a connector needs.
"""

from __future__ import annotations

from archipel.machines.recipes.findings import Finding, Place, RecipeRefused
from archipel.machines.recipes.recipe import (
    GIVEN,
    Antifeature,
    Recipe,
    SecretMade,
    Setting,
    SignOn,
    Version,
)
from archipel.machines.recipes.rendering import RECIPE_LABEL, VERSION_LABEL
from archipel.machines.recipes.report import lines_of
from archipel.machines.recipes.shelf import all_recipes, read_recipe, recipe_named
from archipel.machines.recipes.traefik import Route

__all__ = [
    "GIVEN", "RECIPE_LABEL", "VERSION_LABEL", "Antifeature", "Finding", "Place", "Recipe", "RecipeRefused",
    "Route", "SecretMade", "Setting", "SignOn", "Version", "all_recipes", "lines_of", "read_recipe", "recipe_named",
]  # fmt: skip
