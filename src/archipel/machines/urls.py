# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.machines.web import desk_recipes

urlpatterns = [
    path("desk/recipes/", desk_recipes.recipes, name="desk-recipes"),
    path("desk/recipes/<slug:slug>/", desk_recipes.recipe, name="desk-recipe"),
]
