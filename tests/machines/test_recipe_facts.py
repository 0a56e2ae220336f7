# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.utils import translation

from archipel.catalogue.ports import Caution, SoftwareFacts
from archipel.host.queries import WrittenText
from archipel.kernel.refusals import NotFound
from archipel.machines.recipe_facts import ANTIFEATURES, facts_of, recipe_shown, recipes_shown
from archipel.machines.recipes.antifeatures import NAMES
from tests.machines.recipes.folders import COMPOSE, RECIPE, written

TOLD = RECIPE + "antifeatures: {tracking: {en: Because., fr: Parce que.}}\n"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of the host's own with two recipes: one good, one with an error."""
    written(tmp_path / "carnet", {"recipe.yml": TOLD, "compose.yml": COMPOSE})
    written(tmp_path / "broken", {"recipe.yml": TOLD, "compose.yml": COMPOSE.replace("pids: 50", "pids: many")})
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path))
    return tmp_path


def test_each_word_of_the_list_has_a_sentence():
    assert sorted(ANTIFEATURES) == sorted(NAMES)


@pytest.mark.parametrize(
    ("language", "survives", "title", "because"),
    [
        ("fr", "La dernière sauvegarde.", "Il suit ce que font les gens, ou le raconte à d’autres.", "Parce que."),
        ("en", "The latest back-up.", "It follows what people do, or tells others of it.", "Because."),
    ],
)
def test_facts_are_told_in_the_language_of_the_page(shelf, db, language, survives, title, because):
    with translation.override(language):
        assert facts_of("carnet") == SoftwareFacts(
            "AGPL-3.0-only",
            "https://carnet.example/source",
            WrittenText(survives, language, fallback=False),
            (Caution(title, WrittenText(because, language, fallback=False)),),
        )


@pytest.mark.parametrize("name", ["websites", "broken", ""])
def test_a_connector_without_a_recipe_that_can_be_used_tells_nothing(shelf, name):
    assert facts_of(name) is None


def test_the_desk_sees_recipes_with_their_errors(shelf, db):
    shown = {one.recipe.slug: one for one in recipes_shown()}
    assert (shown["carnet"].errors, shown["broken"].errors) == (0, 2)
    assert [(group.key, group.open) for group in shown["broken"].groups] == [
        ("not_read", True), ("differently", False), ("read", False)
    ]  # fmt: skip
    assert recipe_shown("carnet").versions == "1.0, 2.0"


def test_a_recipe_that_is_not_there_is_not_found(shelf, db):
    with pytest.raises(NotFound):
        recipe_shown("nothing")
