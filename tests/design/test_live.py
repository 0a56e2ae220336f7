# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one script of this room, in a real browser that is given its pages by the test: no server, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

import archipel.design

pytestmark = pytest.mark.browser
STATIC = Path(archipel.design.__file__).parent / "static" / "design"
ADDRESS = "https://archipel.test/operation/"
SHELL = (
    '<!doctype html><html lang="en"><title>x</title><main>{}</main>'
    '<script src="/live.js" type="module"></script></html>'
)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def serve(page: Page, *bodies: str) -> list[str]:
    """Answer each reading of the page with the next body (the last one for ever); return what was asked."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        if route.request.url.endswith("live.js"):
            route.fulfill(path=STATIC / "live.js", content_type="text/javascript")
            return
        if not route.request.url.startswith(ADDRESS):
            route.fulfill(status=204)
            return
        body = bodies[min(len(asked), len(bodies) - 1)]
        asked.append(route.request.url)
        if body.isdigit():
            route.fulfill(status=int(body), body="")
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=SHELL.format(body))

    page.route("**/*", answer)
    page.goto(ADDRESS)
    return asked


def region(done: int, *, over: bool = False, extra: str = "") -> str:
    refresh = "" if over else ' data-refresh="1"'
    return f'<div id="progress"{refresh} data-announce="{done} of 8">{extra}<p id="words">{done} steps</p></div>'


def test_region_follows_the_page_and_stops_when_told(page):
    asked = serve(page, region(5), region(6), region(8, over=True))
    page.wait_for_function("document.querySelector('#words').textContent === '8 steps'")
    page.wait_for_timeout(1500)
    assert len(asked) == 3
    assert page.text_content("[aria-live=polite]") == "8 of 8"


def test_region_keeps_focus_and_what_was_opened(page):
    extra = '<details id="log"><summary>Log</summary>x</details><a id="again" href="/operation/">See</a>'
    serve(page, region(5, extra=extra), region(6, extra=extra))
    page.evaluate("document.querySelector('#log').open = true; document.querySelector('#again').focus()")
    page.wait_for_function("document.querySelector('#words').textContent === '6 steps'")
    assert page.evaluate("[document.activeElement.id, document.querySelector('#log').open]") == ["again", True]


def test_region_waits_while_somebody_stands_on_what_would_go(page):
    serve(page, region(5, extra='<a id="again" href="#">See</a>'), region(6))
    page.focus("#again")
    page.wait_for_timeout(1500)
    assert page.evaluate("[document.activeElement.id, document.querySelector('#words').textContent]") == [
        "again",
        "5 steps",
    ]


def test_region_survives_a_moment_of_trouble(page):
    asked = serve(page, region(5), "503", region(6))
    page.wait_for_function("document.querySelector('#words').textContent === '6 steps'")
    assert len(asked) >= 3


def test_region_gives_up_when_the_page_is_no_longer_open_to_the_reader(page):
    asked = serve(page, region(5), "404", region(6))
    page.wait_for_timeout(3500)
    assert (len(asked), page.text_content("#words")) == (2, "5 steps")


def test_region_stops_after_its_time(page):
    asked = serve(page, '<div id="progress" data-refresh="1" data-refresh-until="2"><p>x</p></div>')
    page.wait_for_timeout(4500)
    assert len(asked) in {2, 3}


def test_page_without_region_asks_nothing(page):
    asked = serve(page, "<p>x</p>")
    page.wait_for_timeout(1500)
    assert len(asked) == 1
