# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.machines.recipes.folders import COMPOSE, RECIPE, coop, written

FRENCH, ENGLISH = {"Accept-Language": "fr"}, {"Accept-Language": "en"}


@pytest.fixture
def desk(client, staff, tmp_path, monkeypatch):
    written(tmp_path / "carnet", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    written(tmp_path / "broken", {"recipe.yml": RECIPE, "compose.yml": COMPOSE.replace("pids: 50", "pids: <many>")})
    coop(tmp_path)
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path))
    client.force_login(staff)
    return client


def page_of(response) -> str:
    return " ".join(response.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_list_says_of_each_what_matters(desk):
    page = page_of(desk.get("/desk/recipes/", headers=FRENCH))
    rows = {row.partition("</a>")[0].rpartition(">")[2]: row for row in page.split("<tr role")[2:]}
    assert set(rows) >= {"Carnet", "jardin", "WordPress"}
    assert [
        word in rows["WordPress"] for word in ("En ordre", "6.1", "GPL-2.0-or-later", "restaurée depuis une sauvegarde")
    ] == [True] * 4
    assert "2 erreurs" in page
    assert "Co-op Cloud" in rows["jardin"]


def test_the_page_of_a_recipe_tells_it_and_what_its_check_says(desk):
    page = page_of(desk.get("/desk/recipes/wordpress/", headers=FRENCH))
    assert [
        word in page for word in ("extensions payantes", "la dernière sauvegarde", "GPL-2.0-or-later", "Lu tel quel (")
    ] == [True] * 4
    assert "ne peut pas servir" not in page


def test_the_page_of_a_recipe_with_errors_shows_them_and_escapes_what_it_read(desk):
    page = page_of(desk.get("/desk/recipes/broken/", headers=ENGLISH))
    assert "This recipe cannot be used as it is" in page
    assert "2 lines must change" in page
    assert "<details open><summary>Passed over (2)" in page
    assert "&lt;many&gt;" not in page and "<many>" not in page


def test_a_recipe_of_co_op_cloud_has_its_page(desk):
    page = page_of(desk.get("/desk/recipes/jardin/", headers=ENGLISH))
    assert "Archipel backs every space up in its own way" in page
    assert "Done in another way (6)" in page


def test_a_recipe_that_is_not_there_is_not_found(desk):
    assert desk.get("/desk/recipes/nothing/").status_code == 404


def test_a_folder_that_is_not_there_takes_ours_away_from_nobody(desk, monkeypatch, tmp_path):
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path / "absent"))
    page = page_of(desk.get("/desk/recipes/", headers=ENGLISH))
    assert ("Carnet" in page, "WordPress" in page) == (False, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_no_more_for_three_than_for_one(
    desk, monkeypatch, tmp_path, django_assert_max_num_queries, count
):
    for number in range(count):
        written(tmp_path / "many" / f"carnet-{number}", {"recipe.yml": RECIPE, "compose.yml": COMPOSE})
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path / "many"))
    desk.get("/desk/recipes/")
    # Who reads, as whom, in which session: nothing of it grows with the list.
    with django_assert_max_num_queries(6):
        assert page_of(desk.get("/desk/recipes/")).count("carnet-") == count
