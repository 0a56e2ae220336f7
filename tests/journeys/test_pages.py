# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every page promises: readable by all, at any width, by night; light, alone, and in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from archipel.portal.demonstration.sign_ins import PASSPHRASE
from tests import axe
from tests.journeys.french import leftovers
from tests.journeys.places import PLACES, SIGNED_IN_AS, Place
from tests.journeys.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
COOKIES = {"__Host-session", "__Host-csrf", "__Host-language"}
MOST_REQUESTS, MOST_BYTES = 12, 150_000
MAIN = [place for place in PLACES if place.main]
Reach = Callable[[Place], Walker]


class Traffic:
    """What a browser fetched since the last ``clear``: addresses, and bytes as they came over the wire."""

    def __init__(self, walker: Walker) -> None:
        self.addresses: list[str] = []
        self.bytes = 0
        session = walker.context.new_cdp_session(walker.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.requestWillBeSent", lambda event: self.addresses.append(event["request"]["url"]))
        session.on("Network.loadingFinished", self._count)

    def _count(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def clear(self) -> None:
        self.addresses.clear()
        self.bytes = 0


@pytest.fixture(scope="module")
def walkers(chromium: Browser, fresh: str) -> Iterator[dict[str, Walker]]:
    """A browser for each face; who looks at the portal and the desk is signed in."""
    made = {face: Walker(chromium, fresh, "fr") for face in ("public", "portal", "desk", "site")}
    for face, email in SIGNED_IN_AS.items():
        made[face].sign_in(email, PASSPHRASE)
    made["portal"].go("/home/")
    made["portal"].until(lambda: "Publier" in made["portal"].text(), "the demonstration's site to open")
    yield made
    for walker in made.values():
        walker.close()


@pytest.fixture
def reach(walkers: dict[str, Walker]) -> Reach:
    def go(place: Place) -> Walker:
        walker = walkers[place.face]
        walker.page.set_viewport_size({"width": 1280, "height": 900})
        walker.page.emulate_media(color_scheme="light")
        place.reach(walker)
        return walker

    return go


def _named(place: Place) -> str:
    return f"{place.face} {place.name}".replace(" ", "-")


def _axe(walker: Walker, pictures: Path, name: str) -> list[str]:
    problems = axe.violations(walker.page)
    if problems:
        walker.picture(pictures, name)
    return problems


@pytest.mark.parametrize("place", PLACES, ids=_named)
def test_page_is_readable_by_all_at_any_width(reach: Reach, place: Place, pictures: Path) -> None:
    walker = reach(place)
    found = {}
    for width in (1280, 360):
        walker.page.set_viewport_size({"width": width, "height": 900})
        found[width] = _axe(walker, pictures, f"{_named(place)}-{width}")
    walker.page.set_viewport_size({"width": 320, "height": 900})
    wide = walker.page.evaluate("document.documentElement.scrollWidth")
    titles = walker.page.locator("h1").count()

    assert (found, wide, titles) == ({1280: [], 360: []}, 320, 1), f"{walker.page.url}, pictures in {pictures}"


@pytest.mark.parametrize("place", PLACES, ids=_named)
def test_page_is_light_in_french_and_asks_nobody_else(reach: Reach, place: Place) -> None:
    walker = reach(place)
    assert place.face == "site" or leftovers(walker.page) == [], walker.page.url
    traffic = Traffic(walker)
    walker.page.reload(wait_until="networkidle")
    nodes = walker.page.evaluate("document.querySelectorAll('*').length")
    origins = {urlsplit(address).netloc for address in traffic.addresses if not address.startswith("data:")}
    cookies = {cookie["name"] for cookie in walker.context.cookies()} - COOKIES

    assert nodes <= place.most_nodes, f"{walker.page.url}: {nodes} nodes"
    assert (origins, cookies) == ({urlsplit(walker.page.url).netloc}, set()), walker.page.url
    assert len(traffic.addresses) <= MOST_REQUESTS, f"{walker.page.url}: {traffic.addresses}"
    assert 0 < traffic.bytes <= MOST_BYTES, f"{walker.page.url}: {traffic.bytes} bytes"


def test_english_is_noticed_where_it_is(chromium: Browser, fresh: str) -> None:
    walker = Walker(chromium, fresh, "en")
    walker.go("/services/site/request/")
    found = leftovers(walker.page)
    walker.close()

    assert ["What kind of organisation is it?" in found, len(found) > 10] == [True, True]


@pytest.mark.parametrize("place", MAIN, ids=_named)
def test_main_page_is_readable_by_night(reach: Reach, place: Place, pictures: Path) -> None:
    walker = reach(place)
    walker.page.emulate_media(color_scheme="dark")
    found = {}
    for width in (1280, 360):
        walker.page.set_viewport_size({"width": width, "height": 900})
        found[width] = _axe(walker, pictures, f"{_named(place)}-{width}-dark")

    assert found == {1280: [], 360: []}, f"{walker.page.url}, pictures in {pictures}"


FOCUSED = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect();
  const ringed = (drawn) => parseFloat(drawn.outlineWidth) > 0 && drawn.outlineStyle !== "none";
  // A card is chosen by a small circle in it, with the ring around the whole card.
  const ring = [here, here.closest("label")].some((part) => part && ringed(getComputedStyle(part)));
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {tag: here.tagName, name: (here.innerText || here.getAttribute("name") || "").trim(), ring, inside};
}"""


@pytest.mark.parametrize("place", MAIN, ids=_named)
def test_main_page_is_walked_by_keyboard(reach: Reach, place: Place) -> None:
    walker = reach(place)
    walker.page.reload()
    walker.page.keyboard.press("Tab")
    skip = walker.page.evaluate(FOCUSED)
    assert skip == {"tag": "A", "name": walker.words("Skip to the content"), "ring": True, "inside": True}
    walker.page.keyboard.press("Enter")
    assert walker.page.evaluate("document.activeElement.tagName") == "MAIN", walker.page.url
    unseen = []
    for _ in range(15):
        walker.page.keyboard.press("Tab")
        focused = walker.page.evaluate(FOCUSED)
        if focused["tag"] == "BODY":
            break
        unseen += [] if focused["ring"] and focused["inside"] else [focused]

    assert unseen == [], walker.page.url
