# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages on applications, lists and second factors, read by axe: in French by day, in English by night, never too wide."""

from __future__ import annotations

import pytest
from django.urls import reverse

from archipel.organisations import operations, resets
from tests import axe, factories

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("host")]
NOTE = "Appelée au 02 00 00 00 01, numéro connu depuis 2019."
WRONG = "Nom;Adresse;Rôle\nNoor;pas une adresse;capitaine\n" + "x" * 130 + ";x@example.org;membre"


@pytest.fixture
def pages(client, trois_ponts, alice, bob, charlie, staff):
    """The pages as the server writes them, errors included, by what they show and in a language."""
    where = trois_ponts.public_id
    client_row = factories.client("Nuage", home_url="https://nuage.example/")
    factories.client("Forge")
    access = operations.open_application(organisation=trois_ponts, client=client_row, by=None)
    operations.give_role(organisation=trois_ponts, person=charlie, role="member")
    asked = operations.ask_reset(organisation=trois_ponts, person=bob, by=alice)
    announced = operations.ask_reset(organisation=trois_ponts, person=charlie, by=alice)
    operations.announce_reset(reset=announced, by=staff, call_note=NOTE)
    application = reverse("organisation-application", args=[where, access.public_id])
    lists = reverse("organisation-invite-many", args=[where])
    gets = {
        alice: {
            "home": reverse("home"),
            "organisation": reverse("organisation", args=[where]),
            "people": reverse("organisation-people", args=[where]),
            "applications": reverse("organisation-applications", args=[where]),
            "application": application,
            "member": reverse("organisation-member", args=[where, bob.public_id]),
            "list": lists,
            "reset": reverse("organisation-reset", args=[where, asked.public_id]),
        },
        bob: {
            "home of who lost it": reverse("home"),
            "cancel": reverse("reset-cancel", args=[resets.cancel_token(announced)]),
        },
        staff: {
            "today": reverse("desk-today"),
            "desk reset": reverse("desk-reset", args=[asked.public_id]),
            "desk announced": reverse("desk-reset", args=[announced.public_id]),
            "desk begin": reverse("desk-reset-begin", args=[where, alice.public_id]),
            "desk applications": reverse("desk-organisation-applications", args=[where]),
        },
    }
    posts = {
        alice: {
            "application errors": (application, {"member": "king"}),
            "list problems": (lists, {"text": WRONG, "act": "check"}),
            "list read": (lists, {"text": f"Ada;ada@example.org\n{bob.email}\n" + "y" * 60 + "@example.org"}),
        },
        staff: {
            "desk reset errors": (reverse("desk-reset", args=[asked.public_id]), {"call_note": "oui"}),
            "desk applications errors": (
                reverse("desk-organisation-applications", args=[where]),
                {"known_roles": "=cmd"},
            ),
        },
    }

    def written(language):
        speaks, found = {"HTTP_ACCEPT_LANGUAGE": language}, {}
        for person in (alice, bob, staff):
            client.force_login(person)
            found |= {name: client.get(url, **speaks) for name, url in gets[person].items()}
            found |= {name: client.post(*asked, **speaks) for name, asked in posts.get(person, {}).items()}
        assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
        return {name: answer.content.decode() for name, answer in found.items()}

    return written


@axe.by_day_and_by_night
def test_axe_finds_nothing_and_no_page_is_too_wide(pages, language, scheme):
    assert axe.problems_of(pages(language), language, scheme) == {}
