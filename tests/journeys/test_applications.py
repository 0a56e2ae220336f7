# SPDX-License-Identifier: AGPL-3.0-or-later
"""An application that the house protects: it lets Bob in, refuses Charlie, and throws Bob out once he is removed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.serving import Served
from playwright.sync_api import Browser

from archipel.portal.demonstration.sign_ins import PASSPHRASE
from tests import axe
from tests.identity.live import House
from tests.journeys.application import Application
from tests.journeys.serving import copied
from tests.journeys.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
JEANNE, BOB, CHARLIE = "jeanne@cyclomaree.example", "loic@cyclomaree.example", "charlie@elsewhere.example"
# The desk registers an application and gives it to an organisation, whose referent says who enters it.
REGISTER = """
from archipel.organisations import operations as organisations
from archipel.organisations.models import Organisation
cyclo = Organisation.objects.get(name="Cyclo-Marée")
made, secret = operations.register_client(
    name="Comptes", redirect_uris=["{address}/callback"], backchannel_logout_uri="{address}/backchannel",
    claims=["roles"], by=None,
)
access = organisations.open_application(organisation=cyclo, client=made, known_roles=["reader", "keeper"], by=None)
organisations.change_access(access=access, roles=dict(referent="keeper", member="reader"), by=person)
charlie = operations.person_for_confirmed_email(email="{charlie}", name="Charlie Petit", language="fr")
operations.set_passphrase(person=charlie, passphrase="{passphrase}")
answer = [made.public_id, secret, cyclo.public_id]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, loaded: tuple[Path, int]) -> Iterator[House]:
    data, port = copied(loaded, tmp_path_factory.mktemp("applications"))
    with Served(data, port, ARCHIPEL_DATABASE="") as served:
        yield House(data, served)


@pytest.fixture(scope="module")
def application(house: House) -> Iterator[Application]:
    made = Application()
    code = REGISTER.format(address=made.address, charlie=CHARLIE, passphrase=PASSPHRASE)
    client_id, secret, made.organisation = house.python(code)
    made.connect(house.address, client_id, secret)
    yield made
    made.stop()


def enter(walker: Walker, application: Application, email: str) -> None:
    """Open the application, and sign in on the page it leads to."""
    walker.page.goto(application.address)
    walker.look()
    walker.type(walker.words("E-mail address"), email)
    walker.type(walker.words("Passphrase"), PASSPHRASE)
    walker.page.get_by_role("button", name=walker.words("Sign in"), exact=True).click()


def greeted(walker: Walker) -> str:
    return walker.page.locator("h1").inner_text()


def test_bob_enters_and_is_thrown_out_within_a_minute_of_his_removal(
    chromium: Browser, house: House, application: Application
):
    bob, jeanne = (Walker(chromium, house.address, "fr") for _ in range(2))
    enter(bob, application, BOB)
    bob.page.wait_for_url(f"{application.address}/")
    assert (greeted(bob), bob.page.locator("p").inner_text()) == ("Bonjour Loïc Guéguen", "reader")

    jeanne.sign_in(JEANNE, PASSPHRASE)
    jeanne.go(f"/organisations/{application.organisation}/people/")
    jeanne.page.locator("tr", has_text="Loïc").get_by_role("link").click()
    jeanne.page.wait_for_load_state()
    jeanne.press(f"{jeanne.words('Remove')} Loïc Guéguen")
    removed = time.monotonic()
    while application.inside and time.monotonic() - removed < 60:
        time.sleep(0.2)
    waited = time.monotonic() - removed

    assert (len(application.told), application.inside, waited < 60) == (1, {}, True)
    bob.page.goto(application.address)
    bob.look()
    assert (bob.status, greeted(bob)) == (403, bob.words("%(name)s is not open to you yet", name="Comptes"))
    bob.close()
    jeanne.close()


def test_charlie_reads_why_he_may_not_enter_and_what_to_do(
    chromium: Browser, house: House, application: Application, pictures: Path
):
    charlie = Walker(chromium, house.address, "fr")
    enter(charlie, application, CHARLIE)
    charlie.page.get_by_role("heading", level=1, name="Comptes").wait_for()

    assert (charlie.status, CHARLIE in charlie.text(), "Charlie Petit" in charlie.text()) == (403, True, True)
    assert charlie.page.get_by_role("link", name=charlie.words("Write to us")).count() == 1
    for width in (1280, 360):
        for scheme in ("light", "dark"):
            charlie.page.set_viewport_size({"width": width, "height": 900})
            charlie.page.emulate_media(color_scheme=scheme)
            charlie.picture(pictures, f"refused-{width}-{scheme}")
            assert axe.violations(charlie.page) == []
            assert charlie.page.evaluate("document.documentElement.scrollWidth") <= width
    # Another account of his may be the right one.
    charlie.press(charlie.words("Sign out"))
    charlie.page.goto(application.address)
    charlie.look()
    assert charlie.path() == "/account/login/"
    charlie.close()
