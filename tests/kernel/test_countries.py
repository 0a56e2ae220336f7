# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.utils import translation

from archipel.kernel.countries import UnknownCountry, checked_country, country_choices, country_name, is_country


def test_countries_are_named_in_the_language_of_the_page():
    with translation.override("fr"):
        french = country_name("DE"), country_choices()[0]
    with translation.override("en"):
        english = country_name("DE")
    assert (french, english, country_name("??")) == (("Allemagne", ("FR", "France")), "Germany", "??")


def test_choices_name_each_country_once_the_near_ones_first():
    codes = [code for code, _name in country_choices()]
    assert (codes[:2], len(codes), len(set(codes)) > 200) == (["FR", "BE"], len(set(codes)), True)


def test_what_is_no_country_is_none():
    assert {code for code in ("FR", "EU", "UN", "ZZ", "fr", "001", "") if is_country(code)} == {"FR"}


def test_country_is_read_by_its_letters_or_by_its_name_in_either_language():
    typed = [" be ", "Belgique", "belgium", "ALLEMAGNE", "cote d'ivoire", "Côte d’Ivoire", "royaume uni"]
    assert [checked_country(text) for text in typed] == ["BE", "BE", "BE", "DE", "CI", "CI", "GB"]


def test_what_names_no_country_is_refused():
    with pytest.raises(UnknownCountry):
        checked_country("ZZ")
