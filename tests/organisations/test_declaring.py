# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.identity import operations as identity
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.organisations import merging, operations, personal
from archipel.organisations.models import DeclaredService
from tests import factories

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Boutique",
    "run_by": "HelloAsso",
    "purpose": "Vendre nos sacs",
    "country": "fr",
    "link": "https://shop.example/",
}


def test_declared_service_is_confirmed_for_today_by_who_declared_it(trois_ponts, alice):
    row = operations.declare_service(organisation=trois_ponts, by=alice, **GIVEN | {"name": "  La   boutique "})
    entry = factories.last_entry()
    assert (row.name, row.country, row.confirmed_on, row.confirmed_by) == ("La boutique", "FR", clock.today(), alice)
    assert (entry.what, entry.organisation_id, entry.visible_to, entry.details) == (
        "organisations.service_declared", trois_ponts.public_id, "organisation", {"host": "HelloAsso"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "declared_name_missing", "name"),
        ({"run_by": ""}, "declared_name_missing", "run_by"),
        ({"country": "ZZ"}, "unknown_country", "country"),
        ({"link": "javascript:alert(1)"}, "declared_link_unreadable", "link"),
        ({"link": "https://"}, "declared_link_unreadable", "link"),
        ({"link": "https://[x"}, "declared_link_unreadable", "link"),
        ({"link": "https://a.example/b c"}, "declared_link_unreadable", "link"),
    ],
)
def test_what_cannot_be_declared_is_refused_beside_its_field_and_nothing_is_written(
    trois_ponts, alice, given, code, field
):
    with pytest.raises(Refusal) as refusal:
        operations.declare_service(organisation=trois_ponts, by=alice, **GIVEN | given)
    assert (refusal.value.code, refusal.value.field, DeclaredService.objects.count()) == (code, field, 0)


def test_two_hundred_services_are_enough(trois_ponts, alice):
    rows = [
        DeclaredService(
            organisation=trois_ponts, name=str(number), run_by="x", confirmed_on=clock.today(), created_at=clock.now()
        )
        for number in range(200)
    ]
    DeclaredService.objects.bulk_create(rows)
    with pytest.raises(Refusal) as refusal:
        operations.declare_service(organisation=trois_ponts, by=alice, **GIVEN)
    assert (refusal.value.code, DeclaredService.objects.count()) == ("too_many_declared", 200)


def test_confirming_and_correcting_both_say_that_it_is_so_today(trois_ponts, alice, bob):
    row = operations.declare_service(organisation=trois_ponts, by=alice, **GIVEN)
    with time_machine.travel(clock.now() + timedelta(days=400), tick=False):
        row = operations.confirm_declared_service(service=row, by=bob)
        assert (row.confirmed_on, row.confirmed_by) == (clock.today(), bob)
        row = operations.change_declared_service(service=row, changes={"country": "", "link": ""}, by=alice)
        assert (row.confirmed_by, row.country, row.link, row.purpose) == (alice, "", "", "Vendre nos sacs")
    assert factories.last_entry().what == "organisations.service_changed"


def test_removed_service_leaves_the_list_and_stays_in_the_history(trois_ponts, alice):
    row = operations.declare_service(organisation=trois_ponts, by=alice, **GIVEN)
    operations.remove_declared_service(service=row, by=alice)
    entry = factories.last_entry()
    assert (DeclaredService.objects.count(), entry.what, entry.about_label) == (
        0,
        "organisations.service_removed",
        "Boutique",
    )


def test_who_confirmed_reads_it_in_all_my_data(trois_ponts, alice):
    operations.declare_service(organisation=trois_ponts, by=alice, **GIVEN)
    assert personal.export(alice)["services_confirmed"] == [
        {"organisation": trois_ponts.name, "service": "Boutique", "host": "HelloAsso", "on": clock.today().isoformat()}
    ]


def test_services_follow_a_merged_organisation(trois_ponts, alice, staff):
    other = factories.organisation("Les Trois Ponts")
    factories.declared_service(other)
    assert "1 service chez un autre hébergeur suit." in merging.preview(trois_ponts, other).moves
    operations.merge_organisations(kept=trois_ponts, absorbed=other, by=staff)
    assert DeclaredService.objects.get().organisation == trois_ponts


def test_confirmations_follow_a_merged_person(trois_ponts, alice, bob, staff):
    row = factories.declared_service(trois_ponts, confirmed_by=bob)
    identity.merge_persons(kept=alice, absorbed=bob, by=staff)
    row.refresh_from_db()
    assert row.confirmed_by == alice


def test_services_of_a_person_alone_go_with_them(charlie):
    alone = factories.organisation("Charlie Petit", referent=charlie, kind="individual")
    factories.declared_service(alone)
    operations.forget_in_organisations(person=charlie, pseudonym="Personne partie")
    assert DeclaredService.objects.count() == 0
