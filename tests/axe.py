# SPDX-License-Identifier: AGPL-3.0-or-later
"""Has axe read pages in a real browser: in French by day, in English by night, on a narrow telephone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, sync_playwright

import archipel.design

by_day_and_by_night = pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
PLACE = "https://archipel.test"
STYLESHEET = Path(archipel.design.__file__).parent / "static" / "design" / "archipel.css"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def problems_of(pages: dict[str, str], language: str, scheme: str) -> dict[str, list[str]]:
    """Open pages as the server wrote them (HTML by name); return what is wrong, by name: rules of axe at 360 px, another language, wider than 320 px."""
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 800})
        tab.route("**/*", lambda route: _answer(route, pages))
        for name, html in pages.items():
            tab.goto(f"{PLACE}/{quote(name)}")
            wrong = violations(tab)
            wrong += ["language"] if f'<html lang="{language}">' not in html else []
            tab.set_viewport_size({"width": 320, "height": 800})
            wrong += ["too wide"] if tab.evaluate(TOO_WIDE) else []
            tab.set_viewport_size({"width": 360, "height": 800})
            if wrong:
                found[name] = wrong
        browser.close()
    return found


def violations(page: Page) -> list[str]:
    """Return each rule that axe finds broken on an open page, with the element it is broken by first."""
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in Axe().run(page).response["violations"]]


def _answer(route: Route, pages: dict[str, str]) -> None:
    name = unquote(route.request.url.removeprefix(f"{PLACE}/"))
    if name in pages:
        route.fulfill(body=pages[name], content_type="text/html; charset=utf-8")
    elif route.request.url.endswith(".css"):
        route.fulfill(path=STYLESHEET, content_type="text/css")
    else:
        route.fulfill(status=204)
