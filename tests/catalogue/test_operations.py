# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from archipel.catalogue import operations, queries
from archipel.catalogue.models import Offer, Service
from archipel.catalogue.operations import QuestionGiven, TierGiven
from archipel.catalogue.operations.offers import AlreadyInForce
from archipel.history import queries as history
from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid
from archipel.kernel.states import MoveRefused
from tests import factories

DAY = timedelta(days=1)


def yearly(**changes):
    return TierGiven(**({"amount": 5 * 10**9, "pricing": "yearly", "full_cents": 6000} | changes))


def publish(service, since=None, **changes):
    values = {"membership_required": True, "tiers": [yearly()]} | changes
    return operations.publish_offer(service=service, since=since or clock.today(), **values)


def test_a_new_service_is_considered_with_its_texts(host, yann):
    made = operations.create_service(
        slug="site",
        access="request",
        software="Archipel",
        by=yann,
        texts={"fr": {"name": "Site"}, "en": {"name": "Website"}},
    )

    assert (made.state, queries.service_name(made, "fr"), queries.service_name(made, "en")) == (
        "considered",
        "Site",
        "Website",
    )
    assert history.of_object("service", "site").lines[0].what == "service.created"


@pytest.mark.parametrize("slug", ["site", "new", "terms"])
def test_an_address_that_is_taken_is_refused(site, slug):
    with pytest.raises(operations.AddressTaken):
        operations.create_service(slug=slug, access="open", software="Jitsi Meet")


def test_an_unknown_way_of_access_is_refused(host):
    with pytest.raises(Invalid):
        operations.create_service(slug="site", access="secret", software="Archipel")

    assert not Service.objects.exists()


def test_nothing_opens_without_two_maintainers(host, yann):
    service = factories.maintained(factories.service(support_address="aide@lescale.example"), yann)

    with pytest.raises(operations.NeedsTwoMaintainers):
        operations.change_service_state(service=service, to="open")

    service.refresh_from_db()
    assert service.state == "considered"


def test_somebody_who_left_does_not_count(host, yann, maelle):
    maelle.is_active = False
    maelle.save()
    service = factories.maintained(factories.service(support_address="aide@lescale.example"), yann, maelle)

    with pytest.raises(operations.NeedsTwoMaintainers):
        operations.change_service_state(service=service, to="open")


def test_nothing_opens_without_a_support_address(host, yann, maelle):
    service = factories.maintained(factories.service(), yann, maelle)

    with pytest.raises(operations.NeedsSupportAddress):
        operations.change_service_state(service=service, to="open")


def test_a_service_opens_with_two_persons_and_an_address(host, yann, maelle):
    service = factories.maintained(factories.service(support_address="aide@lescale.example"), yann, maelle)

    assert operations.change_service_state(service=service, to="open", by=yann).state == "open"
    assert history.of_object("service", "site").lines[0].what == "service.moved_to_open"


def test_a_move_that_the_table_does_not_hold_is_refused(site):
    with pytest.raises(MoveRefused):
        operations.change_service_state(service=site, to="closed")


def test_an_open_service_keeps_its_support_address(site):
    with pytest.raises(operations.NeedsSupportAddress):
        operations.change_service(service=site, changes={"support_address": ""})

    with pytest.raises(IntegrityError), transaction.atomic():
        Service.objects.filter(pk=site.pk).update(support_address="")


def test_an_open_service_keeps_two_maintainers(site, yann):
    with pytest.raises(operations.NeedsTwoMaintainers):
        operations.set_maintainers(service=site, persons=[yann])

    assert site.maintainers.count() == 2


def test_maintainers_are_replaced_as_a_whole(site, yann, alice):
    operations.set_maintainers(service=site, persons=[yann, alice], by=yann)

    assert sorted(row.person.name for row in site.maintainers.all()) == ["Alice Martin", "Yann Le Goff"]


def test_what_does_not_change_leaves_no_trace(site):
    operations.change_service(service=site, changes={"software": "Archipel"})

    assert history.of_object("service", "site").lines == ()


def test_only_what_may_change_is_changed(site):
    with pytest.raises(TypeError):
        operations.change_service(service=site, changes={"state": "closed"})


def test_a_text_that_becomes_empty_falls_back_to_another_language(site):
    operations.change_service_texts(service=site, language="en", texts={"name": "Website"})
    operations.change_service_texts(service=site, language="en", texts={"name": ""})

    assert host.text("service/site/name", "en") == host.WrittenText("Site", "fr", True)


def test_the_first_offer_may_begin_in_the_past(site):
    assert publish(site, clock.today() - 300 * DAY).since == clock.today() - 300 * DAY


@pytest.mark.parametrize("days", [-1, 0])
def test_a_later_offer_never_changes_the_past(site, days):
    publish(site, clock.today() - 300 * DAY)
    publish(site, clock.today())

    with pytest.raises(operations.NotAfterFormer):
        publish(site, clock.today() + days * DAY)


def test_a_planned_offer_can_be_taken_back(site):
    publish(site)
    planned = publish(site, clock.today() + 30 * DAY)

    operations.remove_planned_offer(offer=planned)

    assert Offer.objects.count() == 1


def test_an_offer_in_force_stays(site):
    with pytest.raises(AlreadyInForce):
        operations.remove_planned_offer(offer=publish(site))


@pytest.mark.parametrize(
    "tier",
    [
        yearly(full_cents=None),
        yearly(amount=0),
        yearly(pricing="monthly"),
        yearly(reduced_cents=7000),
        yearly(sustaining_cents=5000),
    ],
)
def test_a_size_that_cannot_be_sold_is_refused(site, tier):
    with pytest.raises(operations.TierRefused):
        publish(site, tiers=[yearly(), tier])

    assert not Offer.objects.exists()


def test_an_offer_needs_a_size(site):
    with pytest.raises(operations.TierRefused):
        publish(site, tiers=[])


def test_a_size_that_is_not_paid_by_the_year_has_no_price(site):
    offer = publish(site, tiers=[yearly(pricing="included", free_level=True)])

    size = offer.tiers.get()
    assert (size.full_cents, size.free_level) == (None, False)


def test_terms_need_the_language_that_binds(site):
    with pytest.raises(operations.TermsRefused):
        operations.publish_terms(
            service=site, since=clock.today(), binding_language="fr", bodies={"fr": " ", "en": "Terms"}
        )


def test_terms_are_dated_and_replaced_by_later_ones(site):
    first = operations.publish_terms(service=site, since=clock.today(), binding_language="fr", bodies={"fr": "Un"})
    second = operations.publish_terms(
        service=site, since=clock.today() + DAY, binding_language="fr", bodies={"fr": "Deux", "en": ""}
    )

    assert queries.current_terms(site) == first
    assert queries.current_terms(site, clock.today() + DAY) == second
    assert second.bodies == {"fr": "Deux"}


def test_planned_terms_can_be_taken_back_and_those_in_force_stay(site):
    first = operations.publish_terms(service=None, since=clock.today(), binding_language="fr", bodies={"fr": "Un"})
    planned = operations.publish_terms(
        service=None, since=clock.today() + DAY, binding_language="fr", bodies={"fr": "Deux"}
    )

    operations.remove_planned_terms(terms=planned)
    with pytest.raises(AlreadyInForce):
        operations.remove_planned_terms(terms=first)

    assert queries.terms_of(None) == [first]


def labels_of(service):
    return [asked.label for asked in queries.questions_of(service, "fr")]


def question(label, **changes):
    return QuestionGiven(**({"key": "", "kind": "line", "labels": {"fr": label}} | changes))


def test_questions_are_added_moved_and_removed(site):
    for label in ("Un ?", "Deux ?", "Trois ?"):
        operations.save_question(service=site, given=question(label))

    operations.move_question(service=site, key="trois", up=True)
    operations.remove_question(service=site, key="un")

    assert labels_of(site) == ["Trois ?", "Deux ?"]


def test_a_question_written_again_keeps_its_key_and_place(site):
    operations.define_questions(service=site, questions=[question("Un ?", key="un"), question("Deux ?", key="deux")])

    operations.save_question(service=site, given=question("Un, vraiment ?", key="un"), former_key="un")

    assert labels_of(site) == ["Un, vraiment ?", "Deux ?"]


def test_two_questions_with_the_same_words_get_two_keys(site):
    keys = [operations.save_question(service=site, given=question("Combien ?")).key for _ in range(2)]

    assert keys == ["combien", "combien-2"]


@pytest.mark.parametrize(
    "given", [question(""), question("Un ?", kind="riddle"), question("Un ?", kind="choice", choices=[{"fr": "seule"}])]
)
def test_a_question_that_cannot_be_asked_is_refused(site, given):
    with pytest.raises(operations.QuestionRefused):
        operations.save_question(service=site, given=given)
