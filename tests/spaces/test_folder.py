# SPDX-License-Identifier: AGPL-3.0-or-later
"""Publishing a folder in a real browser: the script, its batches, what it says, and what it does when told no."""

from __future__ import annotations

import pytest
from django.test import Client

from archipel.spaces.models import Publication
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def chromium():
    from playwright.sync_api import sync_playwright

    # Playwright keeps a loop in this thread; the database is only read and written by plain code.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, live_server, site, alice, settings):
    client = Client()
    client.force_login(alice)
    context = chromium.new_context(locale="fr-FR")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    made = context.new_page()
    made.goto(f"{live_server.url}/spaces/{site.public_id}/")
    yield made
    context.close()


def _folder(root, folders: int, files: int):
    for folder in range(folders):
        (root / f"dossier {folder}").mkdir(parents=True)
        for number in range(files):
            (root / f"dossier {folder}" / f"{number}.html").write_text(f"page {folder} {number}")
    (root / "index.html").write_text("accueil")
    return root


def test_folder_of_two_thousand_files_goes_online_with_its_paths(page, site, websites, tmp_path):
    root = _folder(tmp_path / "mon site", 30, 66)
    requests = []
    page.on("request", lambda request: requests.append(request.url) if request.method == "POST" else None)
    page.set_input_files("#folder", str(root))

    page.click("[data-send]")
    page.wait_for_url(f"**/spaces/{site.public_id}/", timeout=60_000)
    page.wait_for_selector("text=La version 1 est en ligne", timeout=60_000)

    made = Publication.objects.get()
    paths = dict(websites.paths(site.public_id, made.public_id))
    assert (made.state, made.means, made.files, len(paths)) == ("online", "folder", 1981, 1981)
    assert paths["dossier 29/65.html"] == len("page 29 65")
    assert len(requests) == 1 + 20 + 1


def test_refused_name_is_said_and_the_site_untouched(page, site, websites, tmp_path):
    root = _folder(tmp_path / "mon site", 1, 1)
    (root / "con.html").write_text("x")
    page.set_input_files("#folder", str(root))

    page.click("[data-send]")
    page.wait_for_selector("text=con.html", timeout=10_000)

    assert "ne peut pas servir sur un site" in page.text_content("[data-said]")
    assert page.is_enabled("[data-send]")
    page.wait_for_timeout(300)
    assert Publication.objects.get().state == "abandoned"
    assert websites.online(site.public_id) is None


def test_request_that_fails_once_is_sent_again(page, site, websites, tmp_path):
    root = _folder(tmp_path / "mon site", 2, 5)
    failed = []

    def once(route):
        if not failed:
            failed.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/*/", once)
    page.set_input_files("#folder", str(root))
    page.click("[data-send]")
    page.wait_for_selector("text=La version 1 est en ligne", timeout=20_000)

    assert len(failed) == 1
    assert Publication.objects.get().files == 11


def test_nothing_chosen_is_said_aloud(page):
    page.click("[data-send]")
    assert page.text_content("[data-said]") == "Choisissez d’abord un dossier."
    assert page.get_attribute("[data-said]", "aria-live") == "polite"


def test_without_the_script_the_zip_is_there_and_the_folder_is_not(
    chromium, live_server, site, alice, settings, monkeypatch
):
    client = Client()
    client.force_login(alice)
    context = chromium.new_context(java_script_enabled=False)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    made = context.new_page()
    made.goto(f"{live_server.url}/spaces/{site.public_id}/")
    assert (made.is_visible("#folder"), made.is_visible("#id_archive")) == (False, True)
    archive = factories.zip_of().getvalue()
    made.set_input_files("#id_archive", {"name": "site.zip", "mimeType": "application/zip", "buffer": archive})
    made.click("text=/zip$/ >> visible=true")
    assert Publication.objects.get().state == "online"
    context.close()


def test_stopping_leaves_the_site_and_says_so(page, site, websites, tmp_path):
    root = _folder(tmp_path / "mon site", 3, 100)
    assert page.is_visible("[data-stop] button") is False
    page.route("**/uploads/*/", lambda route: None)  # never answered: the sending lasts until it is stopped
    page.set_input_files("#folder", str(root))
    page.click("[data-send]")

    page.click("[data-stop] button")
    page.wait_for_selector("text=Arrêté. Votre site est inchangé.", timeout=5_000)

    assert (page.is_enabled("[data-send]"), page.is_visible("[data-stop] button")) == (True, False)
    assert websites.online(site.public_id) is None
