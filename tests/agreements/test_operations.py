# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from archipel.agreements import operations, queries
from archipel.agreements.events import AgreementAgreed, AgreementEnded
from archipel.agreements.models import Agreement, Line
from archipel.catalogue.models import Tier
from archipel.history import queries as history
from archipel.kernel import clock
from archipel.kernel.money import Money
from archipel.kernel.references import digest
from archipel.kernel.refusals import Invalid
from archipel.kernel.states import MoveRefused
from archipel.outbox import facts
from archipel.outbox.models import Job
from tests import factories


@pytest.fixture
def site(host):
    return factories.service("site", "Site", state="open")


@pytest.fixture
def five_gigabytes(site):
    return factories.tier(site)


def propose(organisation, service, tier, **changes):
    values = {
        "price_level": "full", "about": ("request", "abc"), "referent_email": "alice@trois-ponts.example",
        "referent_name": "Alice Martin", "language": "fr",
    } | changes  # fmt: skip
    return operations.propose(organisation=organisation, service=service, tier=tier, **values)


def lines_of(agreement):
    return [(line.kind, line.cents, line.labels["fr"]) for line in agreement.lines.all()]


def test_a_collective_that_is_not_yet_a_member_pays_ninety_euros_a_year(trois_ponts, site, five_gigabytes):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)

    assert lines_of(agreement) == [
        ("membership", 3000, "Adhésion à L’Escale"),
        ("service", 6000, "Site, 5\u00a0Go"),
    ]
    assert queries.yearly_total(agreement) == Money(9000)


def test_a_member_pays_sixty_euros_a_year(trois_ponts, site, five_gigabytes):
    trois_ponts.member_since = clock.today()
    trois_ponts.save()

    agreement, _ = propose(trois_ponts, site, five_gigabytes)

    assert (len(agreement.lines.all()), queries.yearly_total(agreement)) == (1, Money(6000))


def test_mail_included_in_the_membership_is_a_line_of_zero(trois_ponts, host):
    mail = factories.service("courriel", "Courriel", state="open", counted="accounts")
    tier = factories.offer(mail, membership_required=False, tiers=[Tier(amount=10, pricing="included")]).tiers.get()

    agreement, _ = propose(trois_ponts, mail, tier, price_level="included")

    assert lines_of(agreement) == [
        ("membership", 3000, "Adhésion à L’Escale"),
        ("service", 0, "Courriel, 10 comptes (compris dans l’adhésion)"),
    ]


def test_a_person_alone_pays_their_own_membership(site, five_gigabytes):
    alone = factories.organisation(name="Dominique Roux", kind="individual")

    agreement, _ = propose(alone, site, five_gigabytes)

    assert [line.cents for line in agreement.lines.all()] == [1500, 6000]


@pytest.mark.parametrize(
    ("level", "own", "cents"),
    [("reduced", None, 3000), ("free", None, 0), ("sustaining", None, 9000), ("own", 2550, 2550)],
)
def test_the_level_chosen_is_what_is_paid_and_the_full_price_stays_known(
    trois_ponts, site, five_gigabytes, level, own, cents
):
    agreement, _ = propose(trois_ponts, site, five_gigabytes, price_level=level, own_cents=own)

    line = agreement.lines.get(kind="service")
    assert (line.cents, line.level, line.full_cents) == (cents, level, 6000)


def test_a_price_to_be_agreed_is_said_before_anything_is_proposed(trois_ponts, site):
    tier = factories.offer(
        site, membership_required=False, tiers=[Tier(amount=10**9, pricing="to_be_agreed")]
    ).tiers.get()

    with pytest.raises(queries.NeedsAgreedAmount):
        propose(trois_ponts, site, tier, price_level="agreed")
    agreement, _ = propose(trois_ponts, site, tier, price_level="agreed", agreed_cents=4200)

    assert [line.cents for line in agreement.lines.all()] == [4200]


def test_a_size_of_another_service_is_refused(trois_ponts, site):
    other = factories.tier(factories.service("nuage", "Nuage"))

    with pytest.raises(Invalid):
        propose(trois_ponts, site, other)


def test_the_terms_in_force_are_those_agreed_to(trois_ponts, site, five_gigabytes):
    factories.terms(None, since=date(2020, 1, 1))
    own = factories.terms(site, since=date(2021, 1, 1))
    factories.terms(site, since=clock.today() + timedelta(days=1))

    agreement, _ = propose(trois_ponts, site, five_gigabytes)

    assert agreement.terms == own


def test_proposing_again_takes_the_former_proposal_back(trois_ponts, site, five_gigabytes):
    first, _ = propose(trois_ponts, site, five_gigabytes)

    second, token = propose(trois_ponts, site, five_gigabytes, price_level="reduced")

    first.refresh_from_db()
    assert (first.state, second.state, second.token_digest) == ("withdrawn", "proposed", digest(token))


def test_what_is_agreed_is_not_proposed_again(trois_ponts, site, five_gigabytes):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.agree(agreement=agreement)

    with pytest.raises(operations.AlreadyAgreed):
        propose(trois_ponts, site, five_gigabytes)


@pytest.fixture
def heard():
    """What a listener of both facts was told, read from its rows."""

    def listener(fact):
        raise AssertionError("read, never delivered")

    listening = [AgreementAgreed, AgreementEnded]
    for fact in listening:
        facts.on(fact)(listener)
    path = facts.handlers_of(AgreementAgreed)[-1]
    yield lambda: [facts.from_json(row.payload) for row in Job.objects.filter(name=path).order_by("pk")]
    for fact in listening:
        facts._handlers[fact].remove(path)


def test_agreeing_says_who_when_and_from_where(trois_ponts, site, five_gigabytes, alice):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)

    agreed = operations.agree(agreement=agreement, person=alice, from_address="192.0.2.7")

    assert (agreed.state, agreed.agreed_by, agreed.agreed_from, agreed.starts_on) == (
        "agreed",
        alice,
        "192.0.2.7",
        clock.today(),
    )
    line = history.of_organisation(trois_ponts.public_id).lines[0]
    assert line.what == "agreement.agreed"


def test_agreeing_twice_changes_nothing(trois_ponts, site, five_gigabytes, alice, bob):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    first = operations.agree(agreement=agreement, person=alice)

    second = operations.agree(agreement=agreement, person=bob)

    assert (second.agreed_by, second.agreed_at) == (alice, first.agreed_at)
    assert [line.what for line in history.of_organisation(trois_ponts.public_id).lines] == [
        "agreement.agreed",
        "agreement.proposed",
    ]


def test_a_proposal_taken_back_is_not_agreed_to(trois_ponts, site, five_gigabytes):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.withdraw(agreement=agreement)

    with pytest.raises(MoveRefused):
        operations.agree(agreement=agreement)


def test_lines_are_frozen_by_the_database_once_agreed(trois_ponts, site, five_gigabytes):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.agree(agreement=agreement)

    with pytest.raises(IntegrityError), transaction.atomic():
        Line.objects.filter(agreement=agreement).update(cents=1)


def test_whoever_becomes_a_member_by_one_agreement_does_not_pay_twice(trois_ponts, site, five_gigabytes):
    cloud = factories.service("nuage", "Nuage", state="open")
    other, _ = propose(trois_ponts, cloud, factories.tier(cloud), about=("request", "def"))
    agreement, _ = propose(trois_ponts, site, five_gigabytes)

    operations.agree(agreement=agreement)

    assert queries.yearly_total(Agreement.objects.get(pk=other.pk)) == Money(6000)


def test_a_page_read_before_the_lines_changed_is_read_again(trois_ponts, site, five_gigabytes):
    cloud = factories.service("nuage", "Nuage", state="open")
    other, _ = propose(trois_ponts, cloud, factories.tier(cloud), about=("request", "def"))
    seen = queries.seen_digest(other)
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.agree(agreement=agreement)
    other = Agreement.objects.get(pk=other.pk)

    with pytest.raises(operations.LinesChanged):
        operations.agree(agreement=other, seen=seen)

    assert operations.agree(agreement=other, seen=queries.seen_digest(other)).state == "agreed"


def test_ending_says_the_first_day_no_longer_covered(trois_ponts, site, five_gigabytes):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.agree(agreement=agreement)
    last = clock.today() + timedelta(days=40)

    ended = operations.end(agreement=agreement, on=last)

    assert (ended.state, ended.ends_on) == ("ended", last)
    assert queries.is_member(trois_ponts, last - timedelta(days=1))
    assert not queries.is_member(trois_ponts, last)


def test_an_agreement_does_not_end_before_it_begins(trois_ponts, site, five_gigabytes):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.agree(agreement=agreement)

    with pytest.raises(Invalid):
        operations.end(agreement=agreement, on=clock.today() - timedelta(days=1))


def test_a_new_link_replaces_the_former_one(trois_ponts, site, five_gigabytes):
    agreement, former = propose(trois_ponts, site, five_gigabytes)

    token = operations.new_link(agreement=agreement)

    stored = Agreement.objects.get(pk=agreement.pk).token_digest
    assert (stored == digest(token), stored == digest(former)) == (True, False)


def test_the_address_is_forgotten_after_one_year(trois_ponts, site, five_gigabytes):
    with time_machine.travel("2025-11-20 10:00Z", tick=False):
        agreement, _ = propose(trois_ponts, site, five_gigabytes)
        operations.agree(agreement=agreement, from_address="192.0.2.7")
    with time_machine.travel("2026-11-20 22:00Z", tick=False):
        assert operations.purge_addresses() == 0
    with time_machine.travel("2026-11-20 23:30Z", tick=False):  # the 21st in Paris
        assert operations.purge_addresses() == 1

    assert Agreement.objects.get(pk=agreement.pk).agreed_from is None


def test_facts_are_announced_when_agreed_and_when_ended(trois_ponts, site, five_gigabytes, heard):
    agreement, _ = propose(trois_ponts, site, five_gigabytes)
    operations.agree(agreement=agreement)
    operations.end(agreement=agreement)

    assert heard() == [
        AgreementAgreed(agreement.public_id, "request", "abc"),
        AgreementEnded(agreement.public_id, "request", "abc"),
    ]
