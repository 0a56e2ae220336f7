# SPDX-License-Identifier: AGPL-3.0-or-later
"""In a real browser: a page hosted here sets every cookie it can, then its reader signs in on the portal."""

from __future__ import annotations

import subprocess
import sys

import pytest
from bench.serving import ROOT, Served, environment_for, free_port

from archipel.portal.demonstration.sign_ins import PASSPHRASE

pytestmark = [pytest.mark.browser, pytest.mark.server]
READER = "jeanne@cyclomaree.example"
# The strongest a hosted page can be: it tries every name of ours, for itself and for every domain above it.
HOSTILE = """<!doctype html><title>Bonjour</title><h1>Bonjour</h1>
<form id="f" method="post" action="http://localhost:%(port)d/account/login/"><input name="login" value="x@people.example"><input name="password" value="x"></form>
<script>
for (const name of ["session", "csrf", "language", "sessionid", "csrftoken", "messages", "__Host-session", "__Host-csrf", "__Host-language"])
  for (const where of ["", "; Domain=localhost", "; Domain=.localhost", "; Domain=pages.localhost"])
    for (const how of ["", "; Secure"])
      document.cookie = name + "=stolen; Path=/" + where + how;
</script>"""
PUBLISH = """
import django; django.setup()
from archipel.organisations.models import Organisation
from archipel.spaces import operations
from tests import factories
space = factories.open_site(Organisation.objects.get(name="Cyclo-Marée"), "hostile")
operations.publish_zip(space=space, archive=factories.zip_of({"index.html": %r.encode()}), person=None)
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """The address of a demonstration in which a hostile page is online at ``hostile.pages.localhost``."""
    data, port = tmp_path_factory.mktemp("hostile") / "data", free_port()
    with Served(data, port, ARCHIPEL_DATABASE="") as served:
        environment = environment_for(data, port) | {"ARCHIPEL_DATABASE": ""}
        subprocess.run(
            [sys.executable, "-c", PUBLISH % (HOSTILE % {"port": port})], env=environment, cwd=ROOT, check=True
        )
        yield served.port


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, portal):
    """A browser whose reader has just been on the hostile page; it speaks French."""
    context = chromium.new_context(locale="fr")
    page = context.new_page()
    page.goto(f"http://hostile.pages.localhost:{portal}/")
    assert "session=stolen" in page.evaluate("document.cookie")
    yield page
    context.close()


def _sign_in(page, portal: int) -> None:
    page.goto(f"http://localhost:{portal}/account/login/")
    page.fill("[name=login]", READER)
    page.fill("[name=password]", PASSPHRASE)
    page.click("main form button:not([type=button])")
    page.wait_for_url("**/home/")


def test_reader_of_a_hostile_page_signs_in_and_stays_signed_in(page, portal):
    _sign_in(page, portal)
    page.goto(f"http://hostile.pages.localhost:{portal}/")
    page.goto(f"http://localhost:{portal}/account/profile/")
    assert page.input_value("[name=name]") == "Jeanne Kerbrat"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(f"http://localhost:{portal}/")}
    ours = cookies["__Host-session"]
    assert (ours["domain"], ours["path"], ours["secure"], ours["httpOnly"], ours["sameSite"]) == (
        "localhost",
        "/",
        True,
        True,
        "Lax",
    )
    assert "stolen" not in {cookie["value"] for name, cookie in cookies.items() if name.startswith("__Host-")}


def test_hostile_page_reads_no_cookie_of_the_portal(page, portal):
    _sign_in(page, portal)
    session = next(
        c["value"] for c in page.context.cookies(f"http://localhost:{portal}/") if c["name"] == "__Host-session"
    )
    page.goto(f"http://hostile.pages.localhost:{portal}/")
    assert session not in page.evaluate("document.cookie")
    assert (
        page.evaluate(
            f"fetch('http://localhost:{portal}/account/profile/', {{credentials: 'include'}}).then(() => 'read', () => 'refused')"
        )
        == "refused"
    )


def test_form_of_a_hostile_page_is_refused_by_the_portal(page, portal):
    with page.expect_response(f"http://localhost:{portal}/account/login/") as caught:
        page.evaluate("document.getElementById('f').submit()")
    assert caught.value.status == 403


def test_portal_is_never_shown_inside_a_hostile_page(page, portal):
    shown = page.evaluate(
        """address => new Promise(done => { const frame = document.createElement('iframe'); frame.src = address;
        frame.onload = () => { try { done(frame.contentDocument === null ? 'apart' : 'open') } catch { done('apart') } }; document.body.append(frame) })""",
        f"http://localhost:{portal}/account/login/",
    )
    assert shown == "apart"
    assert [frame.url for frame in page.frames if "/account/login/" in frame.url and frame.query_selector("form")] == []
