# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public form, page by page, as a browser without JavaScript goes through it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.admissions import operations
from archipel.admissions.links import token_for
from archipel.admissions.models import Request
from archipel.catalogue.models import Question
from archipel.kernel import clock
from archipel.mailing.models import Email
from tests import factories
from tests.admissions import mailbox
from tests.admissions.pages import nodes, text_of
from tests.admissions.saying import said

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"
ENGLISH = (
    "Ask for: Site web",
    "Choose a level. Free is a real choice.",
    "For an organisation",
    "One more step: your mailbox",
)


def words_of(language: str) -> tuple[str, ...]:
    if language == "en":
        return ENGLISH
    return (said("Ask for: %(service)s", service="Site web"), *(said(sentence) for sentence in ENGLISH[1:]))


def stage_url(draft: Request, stage: str) -> str:
    return f"/requests/draft/{token_for('draft', draft.public_id)}/{stage}/"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_organisation_goes_all_the_way(client, site, language):
    Question.objects.create(service=site, position=0, key="today", kind="text", labels={"fr": "Où ?", "en": "Where?"})
    factories.town()
    asks, choose, last, mailbox_words = words_of(language)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = text_of(client.get("/services/site/request/"))
    assert (asks in page, last in page) == (True, True)

    first = {
        key: factories.TYPED[key] for key in ("who", "organisation_name", "organisation_kind", "person_name", "email")
    }
    answer = client.post("/services/site/request/", first | {"town_text": "Concarneau", "fields_of_action": ["food"]})
    draft = Request.objects.get()
    assert (answer.status_code, answer.url) == (302, stage_url(draft, "place"))
    assert (draft.language, draft.draft["town"], draft.draft["fields_of_action"]) == (language, "29039", ["food"])

    answer = client.post(answer.url, {"wished_address": "jardins-du-ponant"})
    assert choose in text_of(answer)
    answer = client.post(stage_url(draft, "place"), {"wished_address": "jardins-du-ponant", "price_level": "reduced"})
    assert answer.url == stage_url(draft, "needs")
    text_of(client.get(answer.url))

    answer = client.post(answer.url, {"question_today": "Nulle part", "message": "Deux jardins."})
    assert answer.url == stage_url(draft, "send")
    page = text_of(client.get(answer.url))
    said = ("Les Jardins du Ponant", "jardins-du-ponant.pages.example", "Nulle part", "Concarneau", "Deux jardins.")
    assert [words in page for words in said] == [True] * 5

    answer = client.post(answer.url)
    assert mailbox_words in text_of(client.get(answer.url))
    link = mailbox.link_of("confirm_address", "/requests/confirm/")
    text_of(client.get(link))
    draft.refresh_from_db()
    assert draft.state == "draft"

    answer = client.post(link)
    draft.refresh_from_db()
    assert (draft.state, draft.reference, draft.price_level) == ("submitted", draft.reference, "reduced")
    assert draft.reference in text_of(client.get(answer.url))


def test_a_person_alone_types_no_organisation_and_reads_no_such_word(client, site):
    answer = client.post(
        "/services/site/request/", {"who": "individual", "person_name": "Denise Le Bris", "email": DENISE}
    )
    page = text_of(client.get(answer.url))

    assert Request.objects.get().draft["who"] == "individual"
    assert ("personne seule" in page.lower(), "individu" in page.lower()) == (False, False)


def test_errors_keep_every_word_and_store_nothing_yet(client, site):
    typed = {
        "who": "organisation",
        "organisation_name": "Les Jardins",
        "rna": "W12",
        "person_name": "Denise",
        "email": "denise",
    }

    page = text_of(client.post("/services/site/request/", typed))

    assert [f'value="{typed[name]}"' in page for name in ("organisation_name", "rna", "person_name", "email")] == [
        True
    ] * 4
    assert (f"<title>{said('Error: ')}".strip() in page, Request.objects.count()) == (True, 0)


def test_errors_of_a_later_stage_are_kept_in_the_draft(client, site):
    draft = factories.draft(site)

    client.post(stage_url(draft, "place"), {"price_level": "own", "own_price": "abc", "wished_address": "www"})

    draft.refresh_from_db()
    assert (draft.draft["own_price"], draft.draft["wished_address"]) == ("abc", "www")


def test_going_back_keeps_what_was_typed_wrong_or_right(client, site):
    draft = factories.draft(site)

    answer = client.post(stage_url(draft, "place"), {"wished_address": "not a name", "back": "1"})
    assert answer.url == stage_url(draft, "organisation")
    page = text_of(client.get(stage_url(draft, "place")))

    assert 'value="not a name"' in page


def test_draft_link_leads_where_something_is_missing(client, site):
    draft = factories.draft(site, price_level="")

    assert client.get(f"/requests/draft/{token_for('draft', draft.public_id)}/").url == stage_url(draft, "place")
    operations.save_draft(request=draft, typed={"price_level": "free"})
    assert client.get(f"/requests/draft/{token_for('draft', draft.public_id)}/").url == stage_url(draft, "send")


def test_town_of_several_is_chosen_among_them(client, site):
    factories.town("Saint-Denis", "93066", "93200")
    factories.town("Saint-Denis", "97411", "97400", department="974")
    typed = {
        key: factories.TYPED[key] for key in ("who", "organisation_name", "organisation_kind", "person_name", "email")
    }

    page = text_of(client.post("/services/site/request/", typed | {"town_text": "Saint-Denis"}))
    assert ("93066" in page, "97411" in page) == (True, True)

    client.post("/services/site/request/", typed | {"town_text": "Saint-Denis", "town": "97411"})
    assert Request.objects.get().draft["town"] == "97411"


def test_numbers_are_checked_when_they_are_given(client, site):
    typed = {
        "who": "organisation",
        "organisation_name": "X",
        "rna": "W12",
        "siren": "732829321",
        "person_name": "D",
        "email": DENISE,
    }

    answer = client.post("/services/site/request/", typed | {"organisation_kind": "association"})

    assert sorted(answer.context["form"].errors) == ["rna", "siren"]


def test_reserved_address_is_refused_with_a_free_one(client, site):
    factories.space(factories.organisation(), label="jardins", service=site)
    draft = factories.draft(site)

    page = text_of(client.post(stage_url(draft, "place"), {"price_level": "full", "wished_address": "jardins"}))

    assert said("“%(label)s” is free.", label="jardins-2") in page


def test_own_price_needs_an_amount_and_a_word(client, site):
    draft = factories.draft(site)

    answer = client.post(stage_url(draft, "place"), {"price_level": "own", "wished_address": "jardins"})

    assert sorted(answer.context["form"].errors) == ["own_price", "price_reason"]


def test_summary_shows_every_line_that_would_be_paid(client, site):
    draft = factories.draft(site)

    page = text_of(client.get(stage_url(draft, "needs")))

    assert [words in page for words in ("30 € par an", "60 € par an", "90 € par an")] == [True] * 3


def test_prices_follow_the_chosen_size_without_script(client, cloud, wave):
    draft = factories.draft(cloud)
    second = cloud.offers.get().tiers.get(position=1)

    answer = client.post(stage_url(draft, "place"), {"tier": second.public_id, "show": "1"})

    page = text_of(client.get(answer.url))
    assert [price in page for price in ("190 €", "95 €", "285 €")] == [True] * 3


def test_required_question_is_asked(client, cloud, wave):
    draft = factories.draft(cloud, tier=cloud.offers.get().tiers.first().public_id)

    answer = client.post(stage_url(draft, "needs"), {"question_people": "beaucoup"})
    assert answer.context["form"].errors == {"question_people": [said("Write a whole number, in figures.")]}
    answer = client.post(stage_url(draft, "needs"), {})
    assert answer.context["form"].errors == {"question_people": [said("Please answer this question.")]}


def test_consent_is_not_ticked_and_unticking_is_kept(client, site):
    draft = factories.draft(site)
    page = client.get(stage_url(draft, "needs")).content.decode()
    assert "checked" not in page

    client.post(stage_url(draft, "needs"), {"redirect_consent": "on"})
    assert " checked" in client.get(stage_url(draft, "needs")).content.decode()
    client.post(stage_url(draft, "needs"), {})
    draft.refresh_from_db()
    assert draft.draft["redirect_consent"] == ""


def test_a_program_that_fills_in_every_field_reads_the_same_words(client, site):
    answer = client.post("/services/site/request/", factories.TYPED | {"second_name": "Bot"})

    assert said("One more step: your mailbox") in text_of(answer)
    assert (Request.objects.count(), Email.objects.count()) == (0, 0)


def test_the_whole_price_is_read_before_sending(client, site):
    page = text_of(client.get(stage_url(factories.draft(site), "send")))

    assert (said("What you would pay each year") in page, "<strong>90 €</strong>" in page) == (True, True)


def test_a_service_without_prices_leaves_no_empty_page(client, host):
    bare = factories.service("cartes", "Cartes", state="open", intake="always")

    page = text_of(client.get(stage_url(factories.draft(bare), "place")))

    words = "No price is published for this service yet. You read in the agreement what it costs, before anything is created."
    assert (said(words) in page, said("to be chosen") in page) == (True, False)


def test_mistakes_do_not_use_up_the_drafts_of_an_address(client, site):
    for _mistake in range(25):
        assert client.post("/services/site/request/", factories.TYPED | {"email": "nowhere"}).status_code == 200

    assert client.post("/services/site/request/", factories.TYPED).status_code == 302


def test_too_many_drafts_from_one_address_keep_what_was_typed(client, site):
    for number in range(20):
        client.post("/services/site/request/", factories.TYPED | {"email": f"d{number}@example.org"})

    answer = client.post("/services/site/request/", factories.TYPED)

    assert (answer.status_code, Request.objects.count()) == (429, 20)
    assert "Les Jardins du Ponant" in text_of(answer)


def test_the_words_are_the_same_for_a_known_and_an_unknown_address(client, site, alice):
    pages = []
    for email in (alice.email, "nobody@example.org"):
        draft = factories.draft(site, email=email)
        answer = client.post(stage_url(draft, "send"))
        page = text_of(client.get(answer.url)).replace(email, "").replace(token_for("draft", draft.public_id), "")
        pages.append(page)

    assert pages[0] == pages[1]


def test_confirm_page_acts_on_post_only(client, site):
    operations.submit(request=factories.draft(site))
    link = mailbox.link_of("confirm_address", "/requests/confirm/")

    client.get(link)
    client.head(link)
    assert Request.objects.get().state == "draft"
    assert client.post(link).status_code == 302
    again = (client.post(link), client.get(link))
    assert [answer.status_code for answer in again] == [410, 410]
    assert [said("Your request is confirmed already") in text_of(answer) for answer in again] == [True, True]


def test_a_link_that_expired_leads_back_to_the_draft(client, site):
    operations.submit(request=factories.draft(site))
    link = mailbox.link_of("confirm_address", "/requests/confirm/")

    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        answer = client.get(link)

    back = f"/requests/draft/{token_for('draft', Request.objects.get().public_id)}/"
    assert (answer.status_code, f'href="{back}"' in text_of(answer)) == (410, True)


def test_a_draft_that_was_sent_says_so_and_opens_nothing(client, received):
    draft = f"/requests/draft/{token_for('draft', received.public_id)}/"
    for url in (draft, f"{draft}place/", f"{draft}sent/"):
        answer = client.get(url)
        assert (answer.status_code, received.reference in text_of(answer)) == (410, True)


def test_forged_and_crossed_links_open_nothing(client, site, received):
    draft = factories.draft(site)
    crossed = token_for("follow", draft.public_id)

    addresses = [
        f"/requests/draft/{draft.public_id}.forged/",
        f"/requests/draft/{crossed}/",
        f"/requests/follow/{token_for('draft', received.public_id)}/",
        f"/requests/follow/{crossed}/",
        f"/requests/confirm/{'x' * 43}/",
        f"/requests/draft/{token_for('draft', draft.public_id)}/elsewhere/",
    ]
    assert [client.get(address).status_code for address in addresses] == [404] * 6


def test_between_waves_the_form_gives_way_to_tell_me(client, cloud):
    assert client.get("/services/nuage/request/").url == "/services/nuage/tell-me/"


def test_the_form_that_closed_meanwhile_keeps_and_mails(client, cloud):
    answer = client.post("/services/nuage/request/", {key: factories.TYPED[key] for key in factories.TYPED})

    assert (answer.status_code, mailbox.names_to(DENISE)) == (409, ["draft_link", "draft_kept"])
    assert said("Nothing of what you typed is lost.") in text_of(answer)
    assert Request.objects.get().draft["organisation_name"] == "Les Jardins du Ponant"


def test_what_was_typed_after_the_closing_is_mailed_too(client, cloud, wave):
    draft = operations.start_draft(service=cloud, language="fr", typed=factories.TYPED)
    operations.close_wave(wave=wave)
    operations.tell_typists(wave=wave)

    answer = client.post(stage_url(draft, "needs"), {"question_people": "12", "message": "Tapé à la dernière minute."})

    assert mailbox.names_to(DENISE) == ["draft_link", "draft_kept", "draft_kept"]
    assert "Tapé à la dernière minute." in mailbox.body_of("draft_kept")
    said_so = "We have sent it to %(email)s, with the link to go on when the form opens again."
    assert said(said_so, email=DENISE) in text_of(answer)


def test_what_cannot_be_mailed_again_is_not_said_to_be(client, cloud, wave):
    draft = operations.start_draft(service=cloud, language="fr", typed=factories.TYPED)
    operations.close_wave(wave=wave)

    answers = [client.post(stage_url(draft, "needs"), {"question_people": str(time)}) for time in range(6)]

    pages = [DENISE in text_of(answer).partition("<h2>")[0] for answer in answers]
    assert (pages, mailbox.names_to(DENISE).count("draft_kept")) == ([True] * 4 + [False] * 2, 4)


def test_sending_once_the_wave_closed_keeps_and_says_so(client, cloud, wave):
    draft = factories.draft(cloud, question_people="4", tier=cloud.offers.get().tiers.first().public_id)
    operations.close_wave(wave=wave)

    answer = client.post(stage_url(draft, "send"))

    assert (answer.status_code, mailbox.names_to(DENISE)) == (409, ["draft_kept"])


def test_sending_something_incomplete_says_what_is_missing(client, site):
    draft = factories.draft(site, email="")

    answer = client.post(stage_url(draft, "send"))

    assert answer.status_code == 422
    assert said("Write an e-mail address that you read, such as name@example.org.") in text_of(answer)


def test_a_signed_in_person_finds_their_name_and_needs_no_link(client, site, alice):
    client.force_login(alice)
    page = text_of(client.get("/services/site/request/"))
    assert (f'value="{alice.name}"' in page, f'value="{alice.email}"' in page) == (True, True)

    draft = factories.draft(site, email=alice.email)
    answer = client.post(stage_url(draft, "send"))

    assert answer.url == f"/requests/{draft.public_id}/"
    assert draft.public_id in text_of(client.get(answer.url))


def test_a_signed_in_referent_types_their_organisation_no_second_time(client, site, alice):
    row = factories.organisation("Cyclo-Marée", town=factories.town(), founded_year=2014)
    factories.role(row, alice, "referent")
    client.force_login(alice)

    page = text_of(client.get("/services/site/request/"))

    assert [f'value="{words}"' in page for words in ("Cyclo-Marée", "2014", "Concarneau")] == [True] * 3
    factories.role(factories.organisation("Une autre", kind="collective"), alice, "member")
    assert 'value="Cyclo-Marée"' not in text_of(client.get("/services/site/request/"))


def test_a_member_reads_the_price_without_the_membership(client, site, alice):
    row = factories.organisation("Cyclo-Marée", kind="association", member_since=clock.today())
    factories.role(row, alice, "referent")
    draft = factories.draft(site, organisation_name="cyclo-marée", organisation_kind="association", email=alice.email)
    maybe = said("If you are a member already, the membership is not added again.")
    at_once = said("You are signed in with this address: your request reaches us at once.")

    stranger = text_of(client.get(stage_url(draft, "send")))
    client.force_login(alice)
    member = text_of(client.get(stage_url(draft, "send")))

    seen = [("<strong>90 €</strong>" in page, maybe in page, at_once in page) for page in (stranger, member)]
    assert (seen, "<strong>60 €</strong>" in member) == ([(True, True, False), (False, False, True)], True)


def test_pages_of_the_form_stay_light(client, site):
    draft = factories.draft(site)
    pages = [
        client.get("/services/site/request/"),
        *(client.get(stage_url(draft, name)) for name in ("place", "needs", "send")),
    ]

    assert [nodes(page) <= 300 for page in pages] == [True] * 4


def test_what_is_typed_is_shown_as_text(client, site):
    draft = factories.draft(site, organisation_name="<script>alert(1)</script>")

    assert "<script>alert" not in text_of(client.get(stage_url(draft, "send")))
