# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages about recipes, read by axe: in French by day, in English by night, never too wide."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from archipel.catalogue.models import Service
from tests import factories
from tests.identity.test_axe import PLACE, _answer
from tests.machines.recipes.folders import COMPOSE, RECIPE, coop, written

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("host")]
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
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


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
def test_axe_finds_nothing_and_no_page_is_too_wide(pages, language, scheme):
    html = pages(language)
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 800})
        tab.route("**/*", lambda route: _answer(route, html))
        for name in html:
            tab.goto(f"{PLACE}/{quote(name)}")
            problems = [problem["id"] for problem in Axe().run(tab).response["violations"]]
            problems += ["language"] if f'<html lang="{language}">' not in html[name] else []
            tab.set_viewport_size({"width": 320, "height": 800})
            problems += ["too wide"] if tab.evaluate(TOO_WIDE) else []
            tab.set_viewport_size({"width": 360, "height": 800})
            if problems:
                found[name] = problems
        browser.close()

    assert found == {}
