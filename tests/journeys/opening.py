# SPDX-License-Identifier: AGPL-3.0-or-later
"""Steps 5 to 7: one agreement, the opening that shows its steps, and the people who come aboard."""

from __future__ import annotations

import re

from tests.journeys.people import CAMILLE, INES, ORGANISATION, OWN, PAUL, Journey, Somebody


def agree(journey: Journey) -> None:
    """30 € of membership and 60 € for the site, 90 € a year; then only is anything created."""
    visitor, say = journey.visitor, journey.say
    visitor.open_mail(CAMILLE.email, "/agreements/")
    visitor.reads(
        say("What is paid each year"), say("In all, each year"), journey.money(30), journey.money(60),
        journey.money(90), say("How one leaves"),
    )  # fmt: skip
    visitor.press(say("I agree"))
    visitor.reads(say("You agreed"), CAMILLE.name)
    again = visitor.page.get_by_role("button", name=say("I agree"))
    assert again.count() == 0, f"{visitor.page.url}: one can agree twice"


def sign_in_by_invitation(journey: Journey) -> None:
    """The mail of the opening brings a link; a passphrase, and the referent is at home."""
    visitor, say = journey.visitor, journey.say
    _accept_invitation(journey, "camille", CAMILLE)
    visitor.go("/home/")
    visitor.reads(say("Hello %(name)s", name=CAMILLE.name), ORGANISATION)


def watch_the_opening(journey: Journey) -> None:
    """The page of the opening shows each step done, and it is open."""
    visitor, say = journey.visitor, journey.say
    tile = re.compile(rf"^\s*{re.escape(journey.service)}")
    visitor.page.locator("main").get_by_role("listitem").get_by_role("link", name=tile).first.click()
    visitor.page.wait_for_load_state()
    visitor.look()
    journey.space_path = visitor.path().removesuffix("opening/")
    visitor.go(f"{journey.space_path}opening/")
    visitor.until(lambda: say("Your site is open") in visitor.text(), "the site to open")
    visitor.reads(say("Every step is done. A message with everything you need is on its way."))
    steps = visitor.page.get_by_role("region", name=say("The steps")).get_by_role("listitem")
    assert steps.count() >= 5, f"{visitor.page.url}: only {steps.count()} steps are told"
    visitor.follow(say("Go to the page of your site"))
    journey.site = (
        visitor.page.get_by_role("link", name="trois-ponts.pages.localhost").first.get_attribute("href") or ""
    )
    visitor.page.goto(journey.site)
    assert ORGANISATION in visitor.page.inner_text("body"), f"{visitor.page.url} does not say whose it is"


def invite_two_and_remove_one(journey: Journey) -> None:
    """Two members come in by their mails; the referent removes one of them."""
    visitor, say = journey.visitor, journey.say
    visitor.go("/home/")
    visitor.page.get_by_role("table").get_by_role("link", name=ORGANISATION).click()
    visitor.follow(say("Invite and manage people"))
    journey.organisation_path = visitor.path().removesuffix("people/")
    for somebody in (INES, PAUL):
        visitor.type(say("E-mail address"), somebody.email)
        visitor.type(say("Name"), somebody.name)
        visitor.tick(say("Member"))
        visitor.press(say("Send the invitation"))
        _accept_invitation(journey, somebody.email.split("@")[0], somebody)
    visitor.go(f"{journey.organisation_path}people/")
    visitor.reads(INES.name, PAUL.name)
    visitor.follow(f"{say('Change or remove')} {PAUL.name}")
    visitor.press(f"{say('Remove')} {PAUL.name}")
    visitor.go(f"{journey.organisation_path}people/")
    table = visitor.page.get_by_role("table", name=say("The people of the organisation"))
    names = [name for name in (CAMILLE.name, INES.name, PAUL.name) if table.get_by_text(name).count()]
    assert names == [CAMILLE.name, INES.name], f"{visitor.page.url}: the people are {names}"
    _no_longer_enters(journey)


def _no_longer_enters(journey: Journey) -> None:
    paul = journey.walker("paul")
    answer = paul.page.goto(journey.space_path)
    assert answer and answer.status == 404, f"{paul.page.url} still answers {answer and answer.status}"


def _accept_invitation(journey: Journey, walker_name: str, somebody: Somebody) -> None:
    walker, say = journey.walker(walker_name), journey.say
    walker.open_mail(somebody.email, "/invitation/")
    walker.reads(ORGANISATION, somebody.email)
    walker.type(say("Your name"), somebody.name)
    walker.type(say("Passphrase"), OWN)
    walker.press(say("Open my account and accept"))
    assert "/invitation/" not in walker.page.url, f"{walker.page.url}: {walker.text()}"
