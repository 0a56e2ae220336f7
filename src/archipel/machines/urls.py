# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.machines.web import desk, desk_recipes

urlpatterns = [
    path("desk/machines/", desk.machines, name="desk-machines"),
    path("desk/machines/new/", desk.new_machine, name="desk-machine-new"),
    path("desk/machines/places/new/", desk.new_site, name="desk-site-new"),
    path("desk/machines/places/<str:public_id>/", desk.site, name="desk-site"),
    path("desk/machines/<str:public_id>/", desk.machine, name="desk-machine"),
    path("desk/machines/<str:public_id>/<slug:act>/", desk.act, name="desk-machine-act"),
    path("desk/recipes/", desk_recipes.recipes, name="desk-recipes"),
    path("desk/recipes/<slug:slug>/", desk_recipes.recipe, name="desk-recipe"),
]
