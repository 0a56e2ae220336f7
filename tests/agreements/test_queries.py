# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.agreements import queries
from archipel.kernel import clock
from archipel.kernel.money import Money
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def site(host):
    return factories.service("site", "Site", state="open")


def test_a_declared_member_is_one_until_the_last_day_included(trois_ponts):
    today = clock.today()
    trois_ponts.member_since, trois_ponts.member_until = today - DAY, today

    days = [today - 2 * DAY, today - DAY, today, today + DAY]

    assert [queries.is_member(trois_ponts, day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(("state", "member"), [("proposed", False), ("agreed", True), ("withdrawn", False)])
def test_an_agreement_in_force_with_a_membership_makes_a_member(trois_ponts, site, state, member):
    factories.agreement(trois_ponts, site, state=state, lines=[("membership", 3000)])

    assert queries.is_member(trois_ponts) is member


def test_an_agreement_without_membership_makes_no_member(trois_ponts, site):
    factories.agreement(trois_ponts, site, state="agreed")

    assert not queries.is_member(trois_ponts)


def test_members_among_several_take_one_query(trois_ponts, site, django_assert_num_queries):
    other = factories.organisation(name="Le Lavoir")
    factories.agreement(other, site, state="agreed", lines=[("membership", 3000)])

    with django_assert_num_queries(1):
        assert queries.members_among([trois_ponts, other]) == {other.pk}


def test_lines_are_known_before_the_organisation_exists(site):
    size = factories.tier(site)

    lines = queries.preview_lines(organisation=None, kind="individual", service=site, tier=size, price_level="reduced")

    assert [(line.kind, line.price) for line in lines] == [("membership", Money(1500)), ("service", Money(3000))]


def test_a_service_without_sizes_is_a_free_line(site, trois_ponts):
    lines = queries.preview_lines(organisation=trois_ponts, service=site, tier=None, price_level="")

    assert [(line.level, line.cents) for line in lines] == [("free", 0)]


def test_a_proposal_waits_for_the_named_referent_and_for_those_who_may_agree(trois_ponts, site, alice, bob, charlie):
    proposal = factories.agreement(trois_ponts, site)

    waiting = {person.name: [line.url for line in queries.expected_of(person)] for person in (alice, bob, charlie)}

    assert waiting == {
        "Alice Martin": [f"/agreements/by-id/{proposal.public_id}/"],
        "Bob Leroy": [],
        "Charlie Petit": [],
    }


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_expected_takes_as_many_queries_for_one_as_for_three(
    trois_ponts, site, alice, count, django_assert_num_queries
):
    for _rank in range(count):
        factories.agreement(trois_ponts, site)
    queries.expected_of(alice)

    with django_assert_num_queries(2):  # proposals, names (roles are remembered)
        assert len(queries.expected_of(alice)) == count


def test_the_agreements_of_an_organisation_leave_out_what_was_taken_back(trois_ponts, site):
    factories.agreement(trois_ponts, site, state="withdrawn")
    kept = factories.agreement(trois_ponts, site, state="agreed")

    assert queries.of_organisation(trois_ponts) == [kept]


def test_a_solidary_line_shows_the_full_price_beside(trois_ponts, site):
    agreement = factories.agreement(trois_ponts, site, lines=[])
    agreement.lines.create(
        position=0, kind="service", labels={"fr": "Site"}, cents=3000, level="reduced", full_cents=6000
    )

    (line,) = queries.agreement_page(agreement).lines

    assert (str(line.level), line.full) == ("Réduit", Money(6000))
