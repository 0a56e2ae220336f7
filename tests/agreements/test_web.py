# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.agreements.models import Agreement
from archipel.kernel import clock
from tests import factories


@pytest.fixture
def site(host):
    return factories.service("site", "Site", state="open")


@pytest.fixture
def proposal(trois_ponts, site):
    terms = factories.terms(site, bodies={"fr": "Nous hébergeons, vous publiez."})
    lines = [("membership", 3000), ("service", 6000)]
    return factories.agreement(trois_ponts, site, token="the-link", lines=lines, terms=terms)


def page_of(response):
    return " ".join(response.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_link_shows_every_line_the_total_and_the_terms(client, proposal):
    page = page_of(client.get("/agreements/the-link/", headers={"Accept-Language": "fr"}))

    assert [
        words in page
        for words in (
            "Ligne membership",
            "30 €",
            "60 €",
            "90 €",
            "Nous hébergeons",
            "La version qui fait foi : français",
        )
    ] == [True] * 6
    assert page.count("<h1") == 1


def test_the_link_speaks_english_and_marks_what_is_not_translated(client, proposal):
    page = page_of(client.get("/agreements/the-link/", headers={"Accept-Language": "en"}))

    assert "€90" in page
    assert "These terms are not translated yet." in page
    assert '<div class="prose" lang="fr">' in page


def test_reading_agrees_to_nothing(client, proposal):
    client.get("/agreements/the-link/")

    assert Agreement.objects.get().state == "proposed"


def test_the_link_agrees_without_an_account_and_once(client, proposal):
    first = client.post("/agreements/the-link/", REMOTE_ADDR="192.0.2.9")
    again = client.post("/agreements/the-link/", REMOTE_ADDR="192.0.2.10")

    agreement = Agreement.objects.get()
    assert (first.status_code, again.status_code) == (200, 200)
    assert (agreement.state, agreement.agreed_from, agreement.agreed_by) == ("agreed", "192.0.2.9", None)


def test_lines_that_changed_since_are_read_again(client, proposal):
    response = client.post("/agreements/the-link/", {"seen": "another-page"})

    assert (response.status_code, Agreement.objects.get().state) == (409, "proposed")


@pytest.mark.parametrize("token", ["another-link", "THE-LINK"])
def test_another_link_opens_nothing(client, proposal, token):
    assert client.get(f"/agreements/{token}/").status_code == 404


def test_a_proposal_taken_back_is_no_longer_there(client, proposal):
    Agreement.objects.update(state="withdrawn")

    assert client.get("/agreements/the-link/").status_code == 404


def test_the_referent_agrees_when_signed_in(client, proposal, alice):
    client.force_login(alice)

    assert client.post(f"/agreements/by-id/{proposal.public_id}/").status_code == 200

    assert Agreement.objects.get().agreed_by == alice


def test_a_member_reads_and_does_not_agree(client, proposal, bob):
    client.force_login(bob)
    address = f"/agreements/by-id/{proposal.public_id}/"

    assert "Je donne mon accord" not in page_of(client.get(address, headers={"Accept-Language": "fr"}))
    assert client.post(address).status_code == 403
    assert Agreement.objects.get().state == "proposed"


def test_a_stranger_and_a_visitor_see_nothing(client, proposal, charlie):
    address = f"/agreements/by-id/{proposal.public_id}/"
    visitor = client.get(address)
    client.force_login(charlie)

    assert (visitor.status_code, client.get(address).status_code) == (302, 404)


def test_the_desk_reads_and_does_not_agree(client, proposal, staff):
    client.force_login(staff)
    address = f"/agreements/by-id/{proposal.public_id}/"

    assert (client.get(address).status_code, client.post(address).status_code) == (200, 403)


def test_an_agreement_that_was_given_stays_as_it_is(client, trois_ponts, site):
    factories.agreement(trois_ponts, site, state="agreed", token="the-link", agreed_at=clock.now())

    page = page_of(client.get("/agreements/the-link/", headers={"Accept-Language": "fr"}))

    assert "Alice Martin a donné son accord" in page
    assert "<button" not in page.split("<main")[1].split("</main>")[0]
