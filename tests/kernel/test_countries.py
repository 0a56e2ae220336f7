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


def test_letters_are_read_in_any_case_and_refused_when_no_country_has_them():
    assert checked_country(" be ") == "BE"
    with pytest.raises(UnknownCountry):
        checked_country("ZZ")
