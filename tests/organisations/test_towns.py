# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django import forms
from django.core.management import call_command

from archipel.organisations.models import Town
from archipel.organisations.towns import load_towns, search_towns, town_key
from archipel.organisations.towns.fields import TownChoice
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def saints():
    """Several towns of one name, and some that only begin or continue like it."""
    factories.town("Saint-Denis", "97411", "97400 97417", population=155634, department="974")
    factories.town("Saint-Denis", "93066", "93200 93210", population=149077)
    factories.town("Saint-Denis-d'Oléron", "17323", "17650", population=1200)
    factories.town("Villeneuve-Saint-Denis", "77510", "77174", population=900)
    factories.town("Sainte-Denise", "99001", "99000", population=10)
    factories.town("Œuilly", "51410", "51480", population=600)


@pytest.mark.parametrize("typed", ["Saint-Denis", "saint denis", "ST DENIS", "st-denis", "  Sáint-Dénis "])
def test_search_finds_a_name_however_it_is_typed(saints, typed):
    found = [(town.name, town.department) for town in search_towns(typed)]

    assert found == [
        ("Saint-Denis", "974"), ("Saint-Denis", "93"), ("Saint-Denis-d'Oléron", "17"),
        ("Villeneuve-Saint-Denis", "77"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("93200", ["93066"]), ("97417", ["97411"]), ("932", ["93066"]), ("saint-denis 93", ["93066"]),
        ("Saint Denis (974)", ["97411"]), ("ste denise", ["99001"]), ("oeuilly", ["51410"]), ("œuilly", ["51410"]),
        ("", []), ("-", []), ("nowhere", []), ("%", []),
    ],
)  # fmt: skip
def test_search_by_postcode_department_and_ligature(saints, typed, codes):
    assert [town.code for town in search_towns(typed)] == codes


def test_search_gives_at_most_what_is_asked(saints):
    assert len(search_towns("saint", limit=2)) == 2


def test_town_key_writes_saint_out():
    assert town_key("St-Rémy-en-l'Eau / Ste-Anne") == "saint remy en l eau sainte anne"


@pytest.mark.slow
def test_load_towns_is_repeatable(capsys):
    first = load_towns()
    Town.objects.filter(code="29039").update(name="Wrong")

    call_command("load_towns")

    assert (first, Town.objects.count(), Town.objects.get(code="29039").name) == (35014, 35014, "Concarneau")
    assert capsys.readouterr().out == "35014 towns.\n"
    assert [town.code for town in search_towns("concarn")] == ["29039"]


class Form(TownChoice):
    name = forms.CharField()


def test_field_settles_the_only_town_that_fits(saints):
    form = Form({"name": "x", "town_text": "oeuilly"})

    assert (form.is_valid(), form.cleaned_data["town"].code, form.cleaned_data["town_text"]) == (True, "51410", "")


def test_field_asks_which_one_and_keeps_what_was_typed(saints):
    form = Form({"name": "x", "town_text": "st denis"})

    assert (form.is_valid(), form.choose_town, list(form.errors)) == (False, True, ["town"])
    assert [value for value, _label in form.fields["town"].choices] == ["97411", "93066", "17323", "77510", "other"]


def test_field_takes_the_chosen_one(saints):
    form = Form({"name": "x", "town_text": "st denis", "town": "93066"})

    assert (form.is_valid(), form.cleaned_data["town"].code) == (True, "93066")


def test_field_keeps_the_words_when_none_fits(saints):
    form = Form({"name": "x", "town_text": "st denis", "town": "other"})

    assert (form.is_valid(), form.cleaned_data["town"], form.cleaned_data["town_text"]) == (True, None, "st denis")


def test_field_keeps_a_town_that_is_not_in_france(saints):
    form = Form({"name": "x", "town_text": "Bruxelles"})

    assert (form.is_valid(), form.cleaned_data["town"], form.cleaned_data["town_text"]) == (True, None, "Bruxelles")


def test_field_forgets_a_choice_that_no_longer_fits_the_words(saints):
    form = Form({"name": "x", "town_text": "oeuilly", "town": "93066"})

    assert (form.is_valid(), form.cleaned_data["town"].code) == (True, "51410")


def test_field_may_stay_empty(saints):
    form = Form({"name": "x"})

    assert (form.is_valid(), form.cleaned_data["town"], form.cleaned_data["town_text"]) == (True, None, "")


def test_field_shows_the_town_that_was_chosen_before(saints):
    form = Form(initial={"town_text": "Saint-Denis", "town": "93066"})

    assert (form.choose_town, [value for value, _label in form.fields["town"].choices]) == (
        False, ["93066", "other"],
    )  # fmt: skip
