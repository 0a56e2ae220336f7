# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages about recipes, read by axe: in French by day, in English by night, never too wide."""

from __future__ import annotations

import pytest

from archipel.catalogue.models import Service
from tests import axe, factories
from tests.machines.recipes.folders import COMPOSE, RECIPE, coop, written

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("host")]
LONG = "x" * 90


@pytest.fixture
def pages(client, staff, tmp_path, monkeypatch):
    """The pages as the server writes them, by what they show and in a language."""
    written(tmp_path / "broken", {"recipe.yml": RECIPE, "compose.yml": f"{LONG}: x\n{COMPOSE}"})
    coop(tmp_path)
    monkeypatch.setenv("ARCHIPEL_RECIPES", str(tmp_path))
    service = factories.service(slug="site")
    Service.objects.filter(pk=service.pk).update(connector="wordpress", state="open", support_address="a@b.example")

    def read(language):
        client.force_login(staff)
        urls = {
            "recipes": "/desk/recipes/", "wordpress": "/desk/recipes/wordpress/", "broken": "/desk/recipes/broken/",
            "co-op cloud": "/desk/recipes/jardin/", "service": "/services/site/",
        }  # fmt: skip
        found = {name: client.get(url, HTTP_ACCEPT_LANGUAGE=language) for name, url in urls.items()}
        assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
        # What is folded is looked at as well.
        return {name: answer.content.decode().replace("<details>", "<details open>") for name, answer in found.items()}

    return read


@axe.by_day_and_by_night
def test_axe_finds_nothing_and_no_page_is_too_wide(pages, language, scheme):
    assert axe.problems_of(pages(language), language, scheme) == {}
