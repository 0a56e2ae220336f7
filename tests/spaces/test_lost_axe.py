# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of a lost machine's spaces, read by axe: waiting, being reopened, back; in French by day, in English by night."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import sync_playwright

from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.spaces import operations
from archipel.spaces.models import Backup, LeftBehind
from tests import factories
from tests.identity.test_axe import PLACE, TOO_WIDE, _answer
from tests.machines import stores

pytestmark = pytest.mark.browser
LONG = "Atelier-de-réparation-des-bicyclettes-et-des-remorques-de-la-presqu’île"


def machine(name, **changes):
    values = {"node_id": f"node-{name}"[:40], "memory_bytes": 8 * 2**30, "created_at": clock.now()} | changes
    return Machine.objects.create(name=name, **values)


@pytest.fixture
def pages(client, settings, blogs, trois_ponts, host, staff):
    """The pages as the server writes them, by what they show and in a language."""
    settings.BACKUP_STORE = stores.NAME
    stores.renew()
    place = stores.place()
    lost = {"lost_at": clock.now(), "silent_since": clock.now() - timedelta(minutes=4)}
    gone, empty = machine("ancre-du-grand-bassin-de-la-vieille-forme.lan", **lost), machine("vide", **lost)
    elsewhere, back = machine("bouee"), machine("revenue")
    for number, title in enumerate((LONG, "Blog", "Sans copie", "En cours")):
        blog = factories.open_blog(trois_ponts, f"blog-{number}", title=title, machine=gone)
        if title != "Sans copie":
            Backup.objects.create(
                space=blog, place=place, taken_at=clock.now() - timedelta(days=number + 1),
                finished_at=clock.now(), copy_id="a/00000000", bytes=1, files=1,
            )  # fmt: skip
        if title == "En cours":
            operations.reopen_elsewhere(space=blog)
    factories.open_blog(trois_ponts, "revenu", title="Revenu", machine=back)
    moved = factories.open_blog(trois_ponts, "parti", title=LONG, machine=elsewhere)
    for place_left, dropped in ((gone, None), (back, clock.now())):
        LeftBehind.objects.create(
            space=moved, machine=place_left, data_of=clock.now(), since=clock.now(), dropped_at=dropped
        )
    gets = {name: reverse("desk-machine-lost", args=[row.public_id]) for name, row in
            {"lost": gone, "nothing there": empty, "back": back}.items()} | {"today": reverse("desk-today")}  # fmt: skip

    def written(language):
        client.force_login(staff)
        found = {name: client.get(url, HTTP_ACCEPT_LANGUAGE=language) for name, url in gets.items()}
        assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
        return {name: answer.content.decode() for name, answer in found.items()}

    return written


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
def test_axe_finds_nothing_and_the_page_of_a_lost_machine_is_never_too_wide(pages, language, scheme):
    html = pages(language)
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 800})
        tab.route("**/*", lambda route: _answer(route, html))
        for name in html:
            tab.goto(f"{PLACE}/{quote(name)}")
            problems = [problem["id"] for problem in Axe().run(tab).response["violations"]]
            problems += ["language"] if f'<html lang="{language}">' not in html[name] else []
            problems += ["too wide"] if tab.evaluate(TOO_WIDE) else []
            if problems:
                found[name] = problems
        browser.close()

    assert found == {}
