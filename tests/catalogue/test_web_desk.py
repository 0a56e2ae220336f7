# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.catalogue import queries
from archipel.catalogue.models import Offer, Service, Terms
from archipel.host import queries as host_queries
from archipel.kernel import clock
from tests import factories

PAGES = [
    "/desk/catalogue/", "/desk/catalogue/new/", "/desk/catalogue/terms/", "/desk/catalogue/site/",
    "/desk/catalogue/site/texts/fr/", "/desk/catalogue/site/prices/", "/desk/catalogue/site/terms/",
    "/desk/catalogue/site/questions/", "/desk/catalogue/site/questions/new/",
]  # fmt: skip
WHAT_IT_IS = {
    "access": "request", "intake": "always", "support_address": "aide@lescale.example", "software": "Archipel", "icon": "site",
    "position": "0",
}  # fmt: skip


@pytest.fixture
def desk(client, maelle, site):
    client.force_login(maelle)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_every_page_reads_well(desk, page):
    response = desk.get(page, headers={"Accept-Language": "fr"})

    assert (response.status_code, response.content.decode().count("<h1")) == (200, 1)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_open_without_the_right(client, site, reviewer, charlie, page):
    visitor = client.get(page).status_code
    client.force_login(charlie)
    stranger = client.get(page).status_code
    client.force_login(reviewer)

    assert (visitor, stranger, client.get(page).status_code) == (302, 404, 404)


def test_a_service_is_added_with_its_name(desk):
    response = desk.post(
        "/desk/catalogue/new/", {"name": "Nuage", "slug": "nuage", "software": "Nextcloud", "access": "request"}
    )

    assert response.headers["Location"] == "/desk/catalogue/nuage/"
    assert queries.service_name(Service.objects.get(slug="nuage"), "fr") == "Nuage"


def test_the_number_the_host_can_hold_is_set_and_left_open_again(desk):
    held = []
    for typed in ("12", ""):
        desk.post("/desk/catalogue/site/", WHAT_IT_IS | {"places": typed})
        held.append(Service.objects.get(slug="site").places)

    assert held == [12, None]


def test_an_address_that_is_taken_keeps_what_was_typed(desk):
    response = desk.post(
        "/desk/catalogue/new/", {"name": "Encore", "slug": "site", "software": "X", "access": "request"}
    )

    assert response.status_code == 422
    assert 'value="Encore"' in response.content.decode()


def test_what_a_service_is_can_be_changed(desk, site):
    desk.post(
        "/desk/catalogue/site/", WHAT_IT_IS | {"replaces": "Wix", "for_individuals": "on", "connector": "websites"}
    )

    site.refresh_from_db()
    assert (site.replaces, site.for_individuals, site.connector) == ("Wix", True, "websites")


def test_an_open_service_without_an_address_is_refused_beside_the_field(desk, site):
    response = desk.post("/desk/catalogue/site/", WHAT_IT_IS | {"support_address": ""})

    assert response.status_code == 422
    assert "id_support_address_error" in response.content.decode()


def test_a_move_that_is_refused_says_why(desk, site):
    trial = factories.service("nuage", "Nuage", state="trial")

    response = desk.post("/desk/catalogue/nuage/state/", {"to": "open"}, headers={"Accept-Language": "fr"})

    trial.refresh_from_db()
    assert (response.status_code, trial.state) == (409, "trial")
    assert "Deux personnes nommées" in response.content.decode()


def test_a_move_is_made(desk, site):
    desk.post("/desk/catalogue/site/state/", {"to": "full"})

    site.refresh_from_db()
    assert site.state == "full"


def test_maintainers_are_chosen_among_the_people_of_the_host(desk, site, yann, maelle, charlie):
    accepted = desk.post("/desk/catalogue/site/maintainers/", {"persons": [yann.public_id, maelle.public_id]})
    refused = desk.post("/desk/catalogue/site/maintainers/", {"persons": [charlie.public_id, yann.public_id]})
    alone = desk.post("/desk/catalogue/site/maintainers/", {"persons": [yann.public_id]})

    assert (accepted.status_code, refused.status_code, alone.status_code) == (302, 422, 422)


def test_texts_are_previewed_then_saved(desk):
    typed = {"name": "Website", "purpose": "Pages that are **simple**."}
    preview = desk.post("/desk/catalogue/site/texts/en/", typed | {"preview": "1"})
    unsaved = host_queries.text("service/site/purpose", "en").body
    desk.post("/desk/catalogue/site/texts/en/", typed)

    assert "<strong>simple</strong>" in preview.content.decode()
    assert (unsaved, host_queries.text("service/site/purpose", "en").body) == ("", "Pages that are **simple**.")


def test_a_language_that_archipel_does_not_speak_is_not_there(desk):
    assert desk.get("/desk/catalogue/site/texts/tlh/").status_code == 404


def offer_typed(since=None, **row):
    rows = [
        {"amount": "5", "pricing": "yearly", "full_cents": "60", "reduced_cents": "30,50", "note_fr": "Un petit site."}
        | row,
        {},
    ]
    typed = {"since": (since or clock.today()).isoformat(), "tiers-TOTAL_FORMS": "2", "tiers-INITIAL_FORMS": "0"}
    for rank, fields in enumerate(rows):
        typed |= {f"tiers-{rank}-{name}": value for name, value in fields.items()}
    return typed


def test_new_prices_are_published(desk, site):
    response = desk.post("/desk/catalogue/site/prices/", offer_typed())

    (size,) = queries.current_offer(site).tier_list
    assert response.status_code == 302
    assert (size.amount, size.full_cents, size.reduced_cents, size.notes) == (
        5 * 10**9,
        6000,
        3050,
        {"fr": "Un petit site."},
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("full_cents", "soixante"), ("full_cents", ""), ("pricing", ""), ("amount", "-1"), ("reduced_cents", "90")],
)
def test_prices_that_cannot_be_are_refused_and_kept(desk, field, value):
    response = desk.post("/desk/catalogue/site/prices/", offer_typed(**{field: value}))

    assert (response.status_code, Offer.objects.count()) == (422, 0)
    assert "Un petit site." in response.content.decode()


def test_present_prices_are_the_first_draft_of_the_next(desk, site):
    factories.offer(site)

    page = desk.get("/desk/catalogue/site/prices/").content.decode()

    assert 'name="tiers-0-full_cents" value="60"' in page
    assert 'name="tiers-0-amount" value="5"' in page


def test_terms_are_previewed_published_and_taken_back(desk, site):
    day = clock.today() + timedelta(days=9)
    typed = {"since": day.isoformat(), "binding_language": "fr", "body_fr": "Nous **hébergeons**."}

    preview = desk.post("/desk/catalogue/site/terms/", typed | {"preview": "1"})
    assert "<strong>hébergeons</strong>" in preview.content.decode()
    assert not Terms.objects.exists()
    desk.post("/desk/catalogue/site/terms/", typed)
    assert Terms.objects.get().service == site
    desk.post("/desk/catalogue/site/terms/", {"take_back": day.isoformat()})
    assert not Terms.objects.exists()


def test_terms_of_the_host_belong_to_no_service(desk):
    desk.post(
        "/desk/catalogue/terms/", {"since": clock.today().isoformat(), "binding_language": "fr", "body_fr": "Nous."}
    )

    assert Terms.objects.get().service is None


def test_terms_without_the_binding_language_keep_what_was_typed(desk):
    response = desk.post(
        "/desk/catalogue/site/terms/",
        {"since": clock.today().isoformat(), "binding_language": "fr", "body_en": "We host."},
    )

    assert response.status_code == 422
    assert "We host." in response.content.decode()


def test_a_question_is_defined_without_code(desk, site):
    typed = {
        "kind": "choice",
        "label_fr": "Avec quoi ?",
        "label_en": "With what?",
        "choices_fr": "Rien\nÀ la main",
        "choices_en": "Nothing\nBy hand",
    }
    desk.post("/desk/catalogue/site/questions/new/", typed)
    desk.post("/desk/catalogue/site/questions/avec-quoi/", typed | {"required": "on"})

    (asked,) = queries.questions_of(site, "en")
    assert (asked.label, asked.required, asked.choices) == ("With what?", True, (("0", "Nothing"), ("1", "By hand")))


@pytest.mark.parametrize(
    "typed",
    [{}, {"label_fr": "?", "choices_fr": "une"}, {"label_fr": "?", "choices_fr": "a\nb", "choices_en": "a\nb\nc"}],
)
def test_a_question_that_cannot_be_asked_is_shown_again(desk, site, typed):
    response = desk.post("/desk/catalogue/site/questions/new/", {"kind": "choice"} | typed)

    assert (response.status_code, queries.questions_of(site)) == (422, [])


def test_questions_are_moved_and_removed(desk, site):
    for label in ("Un", "Deux"):
        desk.post("/desk/catalogue/site/questions/new/", {"kind": "line", "label_fr": label})

    desk.post("/desk/catalogue/site/questions/", {"act": "up:deux"})
    assert [asked.key for asked in queries.questions_of(site)] == ["deux", "un"]
    desk.post("/desk/catalogue/site/questions/", {"act": "remove:un"})
    assert [asked.key for asked in queries.questions_of(site)] == ["deux"]
