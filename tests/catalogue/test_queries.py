# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from archipel.catalogue import operations, queries
from archipel.catalogue.models import Tier
from archipel.catalogue.operations import QuestionGiven
from archipel.host.models import Text
from archipel.kernel import clock
from archipel.kernel.money import Money
from archipel.kernel.refusals import NotFound
from tests import factories

DAY = timedelta(days=1)


def levels(tier):
    return {level.key: level.price for level in queries.levels_of(tier)}


def test_a_yearly_size_proposes_its_levels(site):
    assert levels(factories.tier(site)) == {
        "full": Money(6000), "reduced": Money(3000), "free": Money(0), "sustaining": Money(9000), "own": None,
    }  # fmt: skip


def test_levels_without_a_price_are_not_proposed(site):
    size = factories.tier(site, reduced_cents=None, sustaining_cents=None, free_level=False)

    assert levels(size) == {"full": Money(6000), "own": None}


@pytest.mark.parametrize(
    ("pricing", "found"),
    [("free", {"free": Money(0)}), ("included", {"included": Money(0)}), ("to_be_agreed", {"agreed": None})],
)
def test_other_sizes_propose_one_level(pricing, found):
    assert levels(Tier(pricing=pricing)) == found


@pytest.mark.parametrize(
    ("level", "own", "price"), [("full", None, Money(6000)), ("own", 1234, Money(1234)), ("own", 0, Money(0))]
)
def test_the_price_of_a_level(site, level, own, price):
    assert queries.price_of(factories.tier(site), level, own) == price


@pytest.mark.parametrize(("level", "own"), [("included", None), ("own", None), ("own", -1), ("", None)])
def test_a_level_that_is_not_proposed_is_refused(site, level, own):
    with pytest.raises(queries.InvalidLevel):
        queries.price_of(factories.tier(site), level, own)


@pytest.mark.parametrize(
    ("counted", "amount", "french", "english"),
    [
        ("bytes", 5 * 10**9, "5 Go", "5 GB"),
        ("recipients", 1500, "1 500 destinataires", "1,500 recipients"),
        ("accounts", 1, "1 compte", "1 account"),
        ("", None, "Taille unique", "One size"),
    ],
)
def test_a_size_in_words(host, counted, amount, french, english):
    size = factories.tier(factories.service(counted=counted), amount=amount)

    with override("fr"):
        assert queries.tier_label(size).replace("\u00a0", " ") == french
    with override("en"):
        assert queries.tier_label(size).replace("\u00a0", " ") == english


def test_the_offer_that_counts_is_the_latest_begun(site):
    former = factories.offer(site, since=clock.today() - 9 * DAY)
    factories.offer(site, since=clock.today() + DAY)

    assert queries.current_offer(site) == former
    assert queries.current_offer(site, clock.today() - 10 * DAY) is None
    assert queries.current_offers([site])[site.pk] == former


def test_a_service_without_terms_follows_those_of_the_host(site):
    general = factories.terms(None)

    assert queries.current_terms(site) == general


@pytest.mark.parametrize(
    ("tiers", "french"),
    [
        ([], ""),
        ([Tier(pricing="free")], "gratuit"),
        ([Tier(pricing="included")], "compris dans l’adhésion"),
        ([Tier(pricing="to_be_agreed")], "prix à convenir"),
        ([factories.yearly_tier()], "60\u00a0€ par an"),
        ([factories.yearly_tier(cents=12000), factories.yearly_tier(cents=6000)], "à partir de 60\u00a0€ par an"),
    ],
)
def test_a_price_for_a_list(site, tiers, french):
    offer = factories.offer(site, tiers=tiers) if tiers else None

    with override("fr"):
        assert queries.price_in_words(queries.current_offer(site) if offer else None) == french


def test_services_are_grouped_by_way_of_access(site):
    factories.service("visio", "Visio", state="open", access="open")
    factories.service("ancien", "Ancien", state="closed")

    assert [(group.access, [line.slug for line in group.services]) for group in queries.public_groups()] == [
        ("open", ["visio"]),
        ("request", ["site"]),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_of_the_database_whatever_its_length(host, django_assert_num_queries, count):
    for rank in range(count):
        factories.offer(factories.service(f"site-{rank}", f"Site {rank}"))
    queries.public_groups()

    with django_assert_num_queries(4):  # services, texts, offers, sizes
        queries.public_groups("fr")


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_list_asks_as_much_whatever_its_length(host, django_assert_num_queries, count):
    for rank in range(count):
        factories.offer(factories.service(f"site-{rank}", f"Site {rank}"))
    queries.desk_lines()

    with django_assert_num_queries(4):
        queries.desk_lines()


def test_a_page_says_the_membership_that_is_added(site):
    factories.offer(site)

    shown = queries.service_page("site").membership

    assert shown is not None
    assert (shown.organisation, shown.same, shown.alone) == (Money(3000), True, Money(1500))


def test_a_page_whose_service_ended_is_not_there(host):
    factories.service("ancien", state="closed")

    with pytest.raises(NotFound):
        queries.service_page("ancien")


def test_the_time_to_read_terms_is_in_minutes(site):
    factories.terms(site, bodies={"fr": "mot " * 401})

    terms = queries.service_page("site", "fr").terms

    assert terms is not None
    assert terms.minutes == 3


def test_a_text_in_another_language_is_marked(site):
    text = queries.service_page("site", "en").texts["name"]

    assert (text.body, text.language, text.fallback) == ("Site", "fr", True)


@pytest.mark.parametrize(
    ("access", "link", "state", "label"),
    [
        ("open", "https://visio.example/", "open", "Utiliser Visio"),
        ("members", "https://visio.example/", "full", "Utiliser Visio"),
        ("account", "", "open", "Créer un compte gratuit"),
        ("request", "", "open", "Ask for it"),
        ("request", "", "considered", "Nous écrire"),
        ("open", "https://visio.example/", "closing", "Nous écrire"),
    ],
)
def test_the_act_follows_the_way_of_access_and_the_state(host, access, link, state, label):
    factories.service("visio", "Visio", state=state, access=access, link=link, support_address="aide@lescale.example")

    with override("fr"):
        assert queries.service_page("visio").act.label == label


def test_questions_are_asked_in_the_language_of_the_page(site):
    operations.define_questions(
        service=site,
        questions=[
            QuestionGiven(
                "tool",
                "choice",
                {"fr": "Avec quoi ?", "en": "With what?"},
                choices=[{"fr": "Rien", "en": "Nothing"}, {"fr": "À la main"}],
            )
        ],
    )

    (asked,) = queries.questions_of(site, "en")

    assert (asked.label, asked.choices) == ("With what?", (("0", "Nothing"), ("1", "À la main")))


def test_an_open_service_that_lost_a_maintainer_is_a_line_on_today(site, yann):
    assert queries.today_lines() == []
    yann.is_active = False
    yann.save()

    (line,) = queries.today_lines()

    assert (line.title, line.url, line.verb) == ("Site", "/desk/catalogue/site/", "catalogue")


def test_who_may_look_after_a_service_is_of_the_host_or_already_does(site, alice, trois_ponts):
    factories.maintained(site, alice)

    assert [person.name for person in queries.host_people(site)] == ["Alice Martin", "Maëlle Riou", "Yann Le Goff"]


def test_what_a_person_looks_after(site, yann, charlie):
    assert (queries.maintained_by(yann), queries.maintained_by(charlie)) == ([site], [])


def test_names_of_several_services_take_one_query(site, django_assert_num_queries):
    cloud = factories.service("nuage", "Nuage")
    Text.objects.filter(key="service/nuage/name").delete()
    queries.service_name(site)

    with django_assert_num_queries(1):
        assert queries.service_names([site, cloud], "fr") == {site.pk: "Site", cloud.pk: "nuage"}
