# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recipes this installation finds, what each tells, and what its check says."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archipel.host.gate import desk
from archipel.machines import recipe_facts


@desk("operate")
@require_safe
def recipes(request: HttpRequest) -> HttpResponse:
    return render(request, "machines/desk_recipes.html", {"recipes": recipe_facts.recipes_shown()})


@desk("operate")
@require_safe
def recipe(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "machines/desk_recipe.html", {"recipe": recipe_facts.recipe_shown(slug)})
