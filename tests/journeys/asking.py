# SPDX-License-Identifier: AGPL-3.0-or-later
"""Steps 1 and 2: somebody finds the service, fills in the form with a mistake on the way, and confirms by mail."""

from __future__ import annotations

from tests.journeys.people import CAMILLE, ORGANISATION, Journey

YEAR = "2021"
REASON = "Nous vivons de nos ventes, et de dons."


def find_the_service(journey: Journey) -> None:
    """From the front page to the page of the service, with what it says before anybody asks."""
    visitor, say = journey.visitor, journey.say
    visitor.go("/")
    visitor.reads(say("The services, by the way you enter them"))
    for access in journey.access:
        visitor.reads(access)
    visitor.follow(journey.service)
    visitor.reads(
        say("Sizes and prices"), say("What is not included"), say("The support given"), say("How one leaves"),
        say("Terms of use"), say("Several levels of price, one quality"), journey.money(60),
    )  # fmt: skip


def ask(journey: Journey) -> None:
    """The four stages; a year in letters and a name left out are told, and nothing typed is lost."""
    visitor, say = journey.visitor, journey.say
    visitor.follow(say("Ask for: %(service)s", service=journey.service))
    visitor.tick(say("For an organisation"))
    visitor.type(say("Name of the organisation"), ORGANISATION)
    visitor.choose(say("What kind of organisation is it?"), say("Informal collective"))
    visitor.type(say("Year of creation"), "l’an dernier")
    visitor.tick(say("Environment", "field of action"))
    visitor.type(say("Town"), "Conc")
    visitor.type(say("Your e-mail address"), CAMILLE.email)
    visitor.press(say("Continue"))
    _mend(journey)
    _choose_a_place(journey)
    _say_what_is_needed(journey)
    _read_again_and_send(journey)


def _mend(journey: Journey) -> None:
    visitor, say = journey.visitor, journey.say
    visitor.reads(say("Everything you typed is kept."))
    kept = [
        visitor.field(say(label)).input_value()
        for label in ("Name of the organisation", "Year of creation", "Your e-mail address")
    ]
    assert kept == [ORGANISATION, "l’an dernier", CAMILLE.email], f"{visitor.page.url}: kept {kept}"
    assert visitor.page.get_by_role("checkbox", name=say("Environment", "field of action")).is_checked()
    visitor.type(say("Year of creation"), YEAR)
    visitor.type(say("Your name"), CAMILLE.name)
    visitor.tick("Concarneau")
    visitor.press(say("Continue"))


def _choose_a_place(journey: Journey) -> None:
    visitor, say = journey.visitor, journey.say
    visitor.tick(journey.size)
    visitor.tick(say("Full", "price level"))
    visitor.type(say("A word on this price"), REASON)
    visitor.type(say("Address of your site"), "trois-ponts")
    visitor.press(say("Continue"))


def _say_what_is_needed(journey: Journey) -> None:
    visitor, say = journey.visitor, journey.say
    visitor.type(say("A word for the team"), "Nous réparons et revendons, et nous voulons le dire.")
    visitor.press(say("Go back"))
    assert visitor.field(say("A word on this price")).input_value() == REASON
    visitor.press(say("Continue"))
    assert visitor.field(say("A word for the team")).input_value().startswith("Nous réparons")
    visitor.press(say("Continue"))


def _read_again_and_send(journey: Journey) -> None:
    visitor, say = journey.visitor, journey.say
    visitor.reads(ORGANISATION, "Concarneau", YEAR, REASON, "trois-ponts", CAMILLE.email)
    visitor.press(say("Send my request"))
    visitor.reads(say("One more step: your mailbox"), CAMILLE.email)


def confirm(journey: Journey) -> None:
    """The link of the mail shows; the button acts, once."""
    visitor, say = journey.visitor, journey.say
    letter = visitor.open_mail(CAMILLE.email, "/requests/confirm/")
    assert say("Hello %(name)s,", name=CAMILLE.name) in letter, f"not in the person's language: {letter}"
    link = visitor.page.url
    visitor.press(say("Confirm and send"))
    journey.follow_url = visitor.page.url
    visitor.reads(say("Conversation"), ORGANISATION)
    visitor.page.goto(link)
    button = visitor.page.get_by_role("button", name=say("Confirm and send"))
    assert button.count() == 0, f"{link} can be confirmed twice"
