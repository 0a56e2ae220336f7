# SPDX-License-Identifier: AGPL-3.0-or-later
"""A WordPress from its request to another address, on a real host: engine, proxy, sign-in and browser are the real ones."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, TimeoutError, sync_playwright

from tests.engine.daemon import why_not
from tests.journeys.house import ADDRESS, PORTAL, SITES, House, house, until
from tests.journeys.house_people import ALICE, BOB, CHARLIE, ORGANISATION, PASSPHRASE, STAFF
from tests.journeys.people import Somebody
from tests.journeys.walker import Walker

pytestmark = [
    pytest.mark.server,
    pytest.mark.browser,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
]

TITLE, TEXT = "La fête du quai", "Rendez-vous samedi, sous les tilleuls."
OLD, NEW = "trois-ponts", "trois-ponts-neuf"
# Where people sign in tells an application at once; a minute is what was promised.
OUT_WITHIN = 60.0
MENU_OF_EDITORS, MENU_OF_ADMINISTRATORS = "#menu-posts", "#menu-settings"


@dataclass
class Stage:
    """One house, and a browser for each person."""

    house: House
    browser: Browser
    walkers: dict[str, Walker] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def walker(self, who: Somebody) -> Walker:
        """Return the browser of one person, signed in to nothing the first time."""
        if who.email not in self.walkers:
            self.walkers[who.email] = Walker(self.browser, f"https://{PORTAL}", "fr")
            # The pages of an editor weigh more than ours, and the containers share two cores with all the rest.
            self.walkers[who.email].context.set_default_timeout(60_000)
        return self.walkers[who.email]

    def signed_in(self, who: Somebody) -> Walker:
        first = who.email not in self.walkers
        walker = self.walker(who)
        if first:
            walker.sign_in(who.email, PASSPHRASE)
        return walker


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with house(tmp_path_factory.mktemp("house")) as one, one.visitors.entered(), sync_playwright() as playwright:
        # Started among the visitors, it belongs to their network; the authority of the house is not in its store.
        arguments = [
            "--no-sandbox",
            "--ignore-certificate-errors",
            f"--host-resolver-rules=MAP *.example {ADDRESS}, MAP * ~NOTFOUND",
        ]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        try:
            yield Stage(one, browser)
        finally:
            browser.close()


def site(label: str) -> str:
    return f"https://{label}.{SITES}/"


def wait_until_open(stage: Stage, label: str) -> dict:
    found: dict = {}

    def is_open() -> bool:
        found.update(stage.house.act("look", address=label))
        return found["state"] == "open"

    until(is_open, f"{label} to open")
    return found


def enter(walker: Walker, label: str) -> None:
    """From the tile to the application, and in."""
    walker.go("/home/")
    tile = walker.page.locator(f"a.tile[href^='{site(label)}']")
    assert tile.count() == 1, walker.text()
    tile.click()
    walker.page.wait_for_url(f"{site(label)}**")
    walker.page.wait_for_selector(MENU_OF_EDITORS)


def write_post(walker: Walker, address: str) -> str:
    """Write and publish a post in WordPress's own editor, and return its address."""
    page = walker.page
    page.goto(f"{address}wp-admin/post-new.php")
    try:
        page.wait_for_selector(".edit-post-layout", timeout=30_000)
    except TimeoutError:
        # Seen once on a busy machine: some of the editor's hundred scripts never came. Whoever sees an empty page reloads it.
        page.reload()
        page.wait_for_selector(".edit-post-layout")
    page.keyboard.press("Escape")  # the welcome of the editor
    page.locator(".editor-post-title__input").fill(TITLE)
    page.keyboard.press("Enter")
    page.keyboard.type(TEXT)
    page.locator(".editor-post-publish-panel__toggle").click()
    page.locator(".editor-post-publish-panel .editor-post-publish-button").click()
    link = page.locator(".post-publish-panel__postpublish-header a")
    link.wait_for()
    return str(link.get_attribute("href"))


def test_is_asked_for_accepted_agreed_and_runs(stage: Stage) -> None:
    act, mails = stage.house.act, stage.house.mails
    act("ask", address=OLD)
    request = act("confirm", token=mails.link(ALICE.email, r"/requests/confirm/([\w-]+)/"))
    act("accept", **request)
    act("agree_to", token=mails.link(ALICE.email, r"/agreements/([\w-]+)/"))
    found = wait_until_open(stage, OLD)
    stage.known |= {"space": found["space"], "organisation": found["organisation"]}
    answer = stage.house.get(site(OLD))
    assert answer is not None
    assert (answer.status_code, ORGANISATION in answer.text, "</html>" in answer.text) == (200, True, True)


def test_bob_signs_in_by_single_sign_on_and_writes(stage: Stage) -> None:
    stage.house.act("give_role", organisation=stage.known["organisation"], email=BOB.email, role="member")
    bob = stage.walker(BOB)
    # Whoever is not signed in is led through the portal's own page, and back into WordPress.
    bob.page.goto(f"{site(OLD)}wp-admin/")
    assert bob.page.url.startswith(f"https://{PORTAL}/account/login/"), bob.page.url
    bob.type(bob.words("E-mail address"), BOB.email)
    bob.type(bob.words("Passphrase"), PASSPHRASE)
    bob.page.get_by_role("button", name=bob.words("Sign in"), exact=True).click()
    bob.page.wait_for_url(f"{site(OLD)}wp-admin/**")
    enter(bob, OLD)
    stage.known["post"] = write_post(bob, site(OLD))
    seen = stage.house.get(stage.known["post"])
    assert seen is not None
    assert (seen.status_code, TITLE in seen.text, TEXT in seen.text, BOB.name in seen.text) == (200, True, True, True)


def test_charlie_never_gets_in_and_reads_what_to_do(stage: Stage) -> None:
    refuse_charlie(stage, OLD)


def refuse_charlie(stage: Stage, label: str) -> None:
    charlie = stage.signed_in(CHARLIE)
    charlie.page.goto(f"{site(label)}wp-admin/")
    assert charlie.page.url.startswith(f"https://{PORTAL}/"), charlie.page.url
    charlie.reads(CHARLIE.email, charlie.words("Go to the home page"), charlie.words("Sign out"))
    assert ALICE.email not in charlie.page.content()
    charlie.page.goto(f"{site(label)}wp-admin/edit.php")
    assert charlie.page.url.startswith(f"https://{PORTAL}/"), charlie.page.url
    charlie.page.goto(f"/spaces/{stage.known['space']}/")
    assert charlie.status == 404


def test_is_exported_by_its_referent(stage: Stage) -> None:
    alice = stage.signed_in(ALICE)
    alice.go(f"/spaces/{stage.known['space']}/")
    alice.press(alice.words("Make an export"))
    leave = alice.page.get_by_role("region", name=alice.words("Take it away"))
    alice.until(lambda: leave.locator("a[href*='/exports/']").count(), "the export")
    with alice.page.expect_download() as bundle:
        leave.locator("a[href*='/exports/']").first.click()
    kept = stage.house.folder / "bundle.zip"
    kept.write_bytes(bundle.value.path().read_bytes())
    with zipfile.ZipFile(io.BytesIO(kept.read_bytes())) as archive:
        listed = [line.split(maxsplit=1) for line in archive.read("CHECKSUMS.sha256").decode().splitlines()]
        wrong = [name for sha, name in listed if hashlib.sha256(archive.read(name)).hexdigest() != sha]
        assert (wrong, sorted(name for _, name in listed)) == (
            [],
            sorted(set(archive.namelist()) - {"CHECKSUMS.sha256"}),
        )
        assert json.loads(archive.read("manifest.json"))["organisation"]["name"] == ORGANISATION
        texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".wxr.xml")]
        assert [TITLE in text for text in texts] == [True]


def test_is_closed_by_two_persons_and_nothing_of_it_is_left(stage: Stage) -> None:
    alice, staff, space = stage.signed_in(ALICE), stage.signed_in(STAFF), stage.known["space"]
    alice.go(f"/spaces/{space}/")
    alice.follow(alice.words("Close this space for good…"))
    alice.tick(alice.words("I understand that visitors no longer see the site from now on"))
    alice.press(alice.words("Close this space"))
    until(lambda: stage.house.status(site(OLD)) == 503, "the page of a space that closes")
    stage.house.act("let_delay_pass", space=space)
    for walker, path in ((alice, f"/spaces/{space}/"), (staff, f"/desk/spaces/{space}/")):
        walker.go(path)
        walker.until(walker.page.get_by_role("button", name=walker.words("Confirm the deletion")).count, "the export")
        walker.press(walker.words("Confirm the deletion"))
    staff.until(lambda: staff.words("Download the proof") in staff.text(), "the proof of the deletion")
    engine = stage.house.machine.client
    left = [one.name for one in (*engine.services.list(), *engine.containers.list(all=True), *engine.volumes.list())]
    assert [name for name in left if space in name] == []
    until(lambda: stage.house.status(site(OLD)) != 503, "the proxy to forget the space")
    assert stage.house.status(site(OLD)) != 200


def test_bundle_opens_at_another_name_with_what_was_written(stage: Stage) -> None:
    staff = stage.signed_in(STAFF)
    staff.go("/desk/spaces/from-bundle/")
    staff.type(staff.words("Organisation: its exact name, or its identifier"), ORGANISATION)
    staff.field(staff.words("Service")).select_option(value="wordpress")
    staff.type(staff.words("First part of its address"), NEW)
    staff.field(staff.words("The export, as a zip")).set_input_files(stage.house.folder / "bundle.zip")
    staff.press(staff.words("Open it, then put the export there"))
    found = wait_until_open(stage, NEW)
    stage.known["space"] = found["space"]

    def is_back() -> bool:
        restorations = stage.house.act("state_of", space=found["space"])["restorations"]
        assert [state for state, _problem, _about in restorations if state == "refused"] == [], restorations
        return [state for state, _problem, _about in restorations] == ["done"]

    until(is_back, "the export to be put there")
    seen = stage.house.get(stage.known["post"].replace(site(OLD), site(NEW)))
    assert seen is not None
    assert (seen.status_code, TITLE in seen.text, TEXT in seen.text, BOB.name in seen.text) == (200, True, True, True)
    assert site(OLD) not in seen.text
    refuse_charlie(stage, NEW)


def test_bob_signs_in_again_with_his_role(stage: Stage) -> None:
    bob = stage.walker(BOB)
    enter(bob, NEW)
    bob.page.goto(f"{site(NEW)}wp-admin/edit.php")
    bob.page.get_by_role("link", name=re.compile(TITLE)).first.wait_for()
    alice = stage.signed_in(ALICE)
    enter(alice, NEW)
    # Bob writes, Alice sets up.
    assert [one.page.locator(MENU_OF_ADMINISTRATORS).count() for one in (bob, alice)] == [0, 1]


def test_who_is_removed_from_the_organisation_is_out_within_a_minute(stage: Stage) -> None:
    alice, bob = stage.signed_in(ALICE), stage.walker(BOB)
    alice.go(f"/organisations/{stage.known['organisation']}/people/")
    alice.page.get_by_role("row").filter(has_text=BOB.email).get_by_role("link").click()
    alice.page.wait_for_load_state()
    began = time.monotonic()
    alice.page.get_by_role("button", name=re.compile(BOB.name)).click()
    alice.page.wait_for_load_state()

    def is_out() -> bool:
        bob.page.goto(f"{site(NEW)}wp-admin/edit.php")
        return bob.page.url.startswith(f"https://{PORTAL}/")

    until(is_out, "Bob to be out of WordPress", OUT_WITHIN)
    assert time.monotonic() - began < OUT_WITHIN
    bob.reads(BOB.email, bob.words("Go to the home page"))
