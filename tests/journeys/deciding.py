# SPDX-License-Identifier: AGPL-3.0-or-later
"""Steps 3 and 4: the desk asks, is answered and accepts; a second reviewer is told; a wave is announced and opens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import Response

from tests.journeys.people import CAMILLE, MAELLE, ORGANISATION, Journey
from tests.journeys.walker import Walker

QUESTION = "Qui s’occupera du site avec vous ?"
ANSWER = "Inès et Paul, qui tiennent la boutique."
WELCOME = "Bienvenue à bord !"
WAITS = "rozenn.waits@collectif.example"


def _open_from_today(journey: Journey, walker: Walker) -> None:
    walker.go("/desk/")
    walker.reads(journey.say("Today: what needs a human"))
    lines = walker.page.get_by_role("listitem").filter(has_text=ORGANISATION)
    lines.first.get_by_role("link", name=re.compile(ORGANISATION)).click()
    walker.page.wait_for_load_state()
    walker.look()
    walker.reads(ORGANISATION, CAMILLE.email)


def ask_a_question(journey: Journey) -> None:
    """From Today to the request; a question leaves with the decision to ask."""
    maelle, say = journey.maelle, journey.say
    _open_from_today(journey, maelle)
    journey.request_path = maelle.path()
    maelle.reads(say("Would be paid a year"), say("Checks"), say("Conversation"))
    maelle.tick(say("Ask a question", "decision"))
    maelle.type(say("Message to %(name)s", name=CAMILLE.name), QUESTION)
    maelle.press(say("Send the decision"))
    maelle.go(journey.request_path)
    maelle.reads(QUESTION)


def answer(journey: Journey) -> None:
    """The person answers on the page that the mail leads to, without an account."""
    visitor, say = journey.visitor, journey.say
    letter = visitor.open_mail(CAMILLE.email, "/requests/follow/", holding=QUESTION)
    assert QUESTION in letter
    visitor.reads(QUESTION)
    visitor.type(say("Your message"), ANSWER)
    visitor.press(say("Send"))
    visitor.reads(ANSWER)


def accept_while_another_looks(journey: Journey) -> None:
    """Two reviewers have the same page: the second one's decision meets the first (409)."""
    maelle, yann, say = journey.maelle, journey.yann, journey.say
    _open_from_today(journey, maelle)
    maelle.reads(ANSWER)
    yann.go(journey.request_path)
    maelle.tick(say("Accept", "decision"))
    maelle.type(say("Message to %(name)s", name=CAMILLE.name), WELCOME)
    maelle.press(say("Send the decision"))

    yann.tick(say("Decline", "decision"))
    yann.choose(say("Reason"), say("Outside our criteria"))
    yann.type(say("Message to %(name)s", name=CAMILLE.name), "Désolé.")
    with yann.page.expect_response(lambda response: _is_decision(response, journey)) as told:
        yann.press(say("Send the decision"))
    assert told.value.status == 409
    yann.reads(say("Somebody was faster"), MAELLE.name, WELCOME)
    message = yann.field(say("Message to %(name)s", name=CAMILLE.name))
    alerts = yann.page.get_by_role("alert").count()
    assert (message.input_value(), alerts) == ("Désolé.", 1), f"{yann.page.url}: typed, alerts {alerts}"


def _is_decision(response: Response, journey: Journey) -> bool:
    return response.request.method == "POST" and journey.request_path in response.url


def announce_a_wave(journey: Journey) -> None:
    """A wave is planned at the desk; before it opens, its form is a "tell me"."""
    maelle, visitor, say = journey.maelle, journey.visitor, journey.say
    maelle.follow(say("Waves"))
    maelle.choose(say("Service"), journey.videos)
    tomorrow = datetime.now() + timedelta(days=1)
    maelle.type(say("Opens on"), tomorrow.strftime("%Y-%m-%d"))
    maelle.type(say("Closes on"), (tomorrow + timedelta(days=10)).strftime("%Y-%m-%d"))
    maelle.type(say("Places"), "5")
    maelle.tick(say("By lot"))
    maelle.type(say("Name (%(language)s)", language=journey.first_language), "Vague d’hiver")
    maelle.press(say("Plan this wave"))
    journey.wave_path = maelle.path()

    visitor.go("/services/videos/")
    visitor.follow(say("Tell me when it opens"))
    visitor.type(say("Your e-mail address"), WAITS)
    visitor.press(say("Tell me"))
    visitor.reads(WAITS)
    visitor.open_mail(WAITS, "/tell-me/")
    visitor.press(say("Yes, tell me"))
    visitor.reads(say("It is noted: we will write to you once, when it opens."))


def open_the_wave(journey: Journey) -> None:
    """The host opens it; the hash of its seed is public, who waited is told, and the form takes requests."""
    maelle, visitor, say = journey.maelle, journey.visitor, journey.say
    maelle.go(journey.wave_path)
    maelle.press(say("Open it now"))
    visitor.open_mail(WAITS, "/services/videos/")
    visitor.go("/services/videos/")
    visitor.follow(say("Ask for: %(service)s", service=journey.videos))
    visitor.reads(say("Name of the organisation"))
    maelle.go(journey.wave_path)
    maelle.follow(say("Its public page"))
    maelle.reads(say("Fingerprint of the number (SHA-256)"))
    assert re.search(r"\b[0-9a-f]{64}\b", maelle.text())
