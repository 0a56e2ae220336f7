# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import date

import pytest

from archipel.catalogue.models import Service
from archipel.host.models import Text
from tests import factories

FRENCH, ENGLISH = {"Accept-Language": "fr"}, {"Accept-Language": "en"}


def page_of(response):
    return " ".join(response.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def offered(site):
    factories.offer(site)
    factories.terms(site, since=date(2026, 9, 1))
    for field, body in {"purpose": "Des pages **simples**.", "separation": "Un bouton, et vous partez."}.items():
        Text.objects.create(key=f"service/site/{field}", language="fr", body=body)
    return site


def test_the_list_groups_services_and_leads_to_each(client, offered):
    page = page_of(client.get("/services/", headers=FRENCH))

    assert [words in page for words in ("Sur demande", 'href="/services/site/"', "60 € par an")] == [True] * 3
    assert page.count("<h1") == 1


def test_an_empty_list_says_who_to_write_to(client, host):
    assert "mailto:bonjour@lescale.example" in page_of(client.get("/services/"))


def test_the_list_is_also_a_table(client, offered):
    response = client.get("/services/services.csv", headers=FRENCH)

    lines = response.content.decode().split("\r\n")
    assert lines[0] == "Adresse,Nom,Résumé,Accès,État,Logiciel,Prix"
    assert lines[1].replace("\u00a0", " ") == "site,Site,,Sur demande,ouvert,Archipel,60 € par an"
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_a_text_that_begins_like_a_formula_is_made_harmless_in_the_table(client, offered):
    Service.objects.update(software="=HYPERLINK(1)")

    line = client.get("/services/services.csv", headers=FRENCH).content.decode().split("\r\n")[1]
    assert line.split(",")[5] == "'=HYPERLINK(1)"


def test_a_page_says_all_that_one_needs_to_choose(client, offered):
    page = page_of(client.get("/services/site/", headers=FRENCH))

    wanted = [
        "<strong>simples</strong>", "5 Go", "60 €", "90 €", "30 €", "Un bouton, et vous partez.", "Maëlle Riou, Yann Le Goff",
        "aide@lescale.example", "/services/site/terms/2026-09-01/", "1 minute de lecture", 'href="/ask/site/"', "ouvert",
        "l’adhésion à L’Escale s’ajoute : 30 € par an. À titre personnel : 15 € par an.",
    ]  # fmt: skip
    assert [words for words in wanted if words not in page] == []
    assert page.count("<h1") == 1


def test_a_page_in_another_language_marks_what_is_not_translated(client, offered):
    page = page_of(client.get("/services/site/", headers=ENGLISH))

    assert '<h1 lang="fr">Site</h1>' in page
    assert "Not translated yet." in page


@pytest.mark.parametrize(
    ("pricing", "words"),
    [("included", "Compris dans l’adhésion"), ("free", "Gratuit"), ("to_be_agreed", "Prix à convenir")],
)
def test_sizes_without_a_price_say_how_they_are_paid(client, site, pricing, words):
    factories.offer(site, tiers=[factories.Tier(pricing=pricing)])

    assert words in page_of(client.get("/services/site/", headers=FRENCH))


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("considered", 200, "On ne peut pas encore le demander."),
        ("full", 200, "rejoint la liste d’attente"),
        ("closed_to_newcomers", 200, "sans nouvelle demande"),
        ("closed", 404, ""),
    ],
)
def test_a_page_follows_the_state(client, host, state, status, words):
    factories.service("courriel", "Courriel", state=state)

    response = client.get("/services/courriel/", headers=FRENCH)

    assert response.status_code == status
    assert words in page_of(response)


def test_terms_are_read_by_their_day(client, offered):
    factories.terms(offered, since=date(2027, 1, 1))

    page = page_of(client.get("/services/site/terms/2026-09-01/", headers=FRENCH))

    assert "Version du 1 septembre 2026." in page.replace("1er", "1")
    assert "/services/site/terms/2027-01-01/" in page


@pytest.mark.parametrize("day", ["2026-09-02", "yesterday", "2026-13-01"])
def test_terms_of_another_day_are_not_there(client, offered, day):
    assert client.get(f"/services/site/terms/{day}/").status_code == 404


def test_a_text_never_carries_a_script(client, site):
    Text.objects.create(key="service/site/purpose", language="fr", body="<script>alert(1)</script>")

    assert "<script>alert" not in client.get("/services/site/").content.decode()


def test_the_page_of_a_service_tells_what_is_known_of_its_application(client, offered, settings):
    settings.SOFTWARE_FACTS = "tests.catalogue.acts.about"
    Service.objects.update(connector="garden", licence="")

    page = page_of(client.get("/services/site/", headers=ENGLISH))

    wanted = [
        "libre (MIT)",
        'href="https://garden.example/source"',
        "It is young.",
        "If a machine is lost",
        "The latest back-up.",
    ]
    assert [words in page for words in wanted] == [True] * 5


def test_the_page_of_a_service_without_facts_says_nothing_of_them(client, offered, settings):
    settings.SOFTWARE_FACTS = "tests.catalogue.acts.about"
    Service.objects.update(connector="other")

    page = page_of(client.get("/services/site/", headers=ENGLISH))

    assert [words in page for words in ("If a machine is lost", "Good to know before you choose", "Source code")] == [
        False
    ] * 3


def test_the_licence_the_host_wrote_goes_before_the_one_of_the_recipe(client, offered, settings):
    settings.SOFTWARE_FACTS = "tests.catalogue.acts.about"
    Service.objects.update(connector="garden", licence="AGPL-3.0")

    assert "libre (AGPL-3.0)" in page_of(client.get("/services/site/", headers=ENGLISH))
