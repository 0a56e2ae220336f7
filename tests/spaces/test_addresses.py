# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.spaces import addresses, operations
from archipel.spaces.addresses import AddressRests, AddressTaken, InvalidLabel, ReservedLabel
from archipel.spaces.models import Address
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("label", ["abc", "trois-ponts", "a1b", "x" * 40, "9lives", "TROIS-Ponts "])
def test_label_that_follows_the_rules_is_returned_in_lower_case(host, label):
    assert addresses.check_label(label) == label.strip().lower()


@pytest.mark.parametrize(
    "label", ["", "ab", "x" * 41, "-abc", "abc-", "a.b", "a_b", "é-tea", "a b c", "xn--abc", "ab--cd", "abc\n.x", "аbc"]
)
def test_label_that_breaks_the_rules_is_refused(host, label):
    with pytest.raises(InvalidLabel) as caught:
        addresses.check_label(label, field="address")
    assert caught.value.field == "address"


@pytest.mark.parametrize("label", ["www", "mail", "admin", "ns1", "ns42", "autoconfig", "localhost", "report", "API"])
def test_reserved_label_is_refused(host, label):
    with pytest.raises(ReservedLabel):
        addresses.check_label(label)


def test_reserved_address_is_free_for_its_request_only(host):
    operations.reserve_address(label="trois-ponts", for_request="r1")

    assert addresses.check_label("trois-ponts", for_request="r1") == "trois-ponts"
    with pytest.raises(AddressTaken):
        addresses.check_label("trois-ponts", for_request="r2")
    with pytest.raises(AddressTaken):
        operations.reserve_address(label="trois-ponts", for_request="r2")


def test_reserving_another_address_frees_the_first(host):
    operations.reserve_address(label="first", for_request="r1")
    operations.reserve_address(label="second", for_request="r1")
    operations.reserve_address(label="second", for_request="r1")

    assert list(Address.objects.values_list("name", "reserved_for")) == [("second.pages.example", "r1")]


def test_releasing_frees_the_address_and_can_be_repeated(host):
    operations.reserve_address(label="first", for_request="r1")

    operations.release_reserved(for_request="r1")
    operations.release_reserved(for_request="r1")
    operations.release_reserved(for_request="")

    assert Address.objects.count() == 0


def test_releasing_never_touches_the_address_of_a_space(site):
    operations.release_reserved(for_request="")

    assert Address.objects.get().space == site


def test_resting_address_is_refused_until_its_year_is_over(site):
    Address.objects.update(rests_until=clock.today() + timedelta(days=1))
    with pytest.raises(AddressRests):
        addresses.check_label("trois-ponts")

    Address.objects.update(rests_until=clock.today())

    assert addresses.check_label("trois-ponts") == "trois-ponts"
    assert operations.free_rested() == 1
    assert Address.objects.count() == 0


def test_address_whose_rest_is_over_can_be_reserved_before_it_is_freed(site):
    Address.objects.update(rests_until=clock.today())

    operations.reserve_address(label="trois-ponts", for_request="r9")

    assert Address.objects.values_list("reserved_for", "rests_until", "space").get() == ("r9", None, None)


def test_suggestion_is_made_of_the_title_and_free(host, trois_ponts):
    assert addresses.suggest_label("La ressourcerie des Trois-Ponts") == "ressourcerie-des-trois-ponts"
    factories.space(trois_ponts, label="ressourcerie-des-trois-ponts")
    assert addresses.suggest_label("La ressourcerie des Trois-Ponts") == "ressourcerie-des-trois-ponts-2"
    assert addresses.suggest_label("L’Écluse") == "ecluse"
    assert addresses.suggest_label("☃") == ""
