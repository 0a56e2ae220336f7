# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from archipel.kernel.money import Money, total


@pytest.mark.parametrize(
    ("text", "cents"),
    [("60", 6000), ("60,5", 6050), ("1 200 €", 120000), ("1\u202f200,00\u00a0€", 120000), ("-3.20", -320)],
)
def test_parse_reads_what_people_type(text, cents):
    assert Money.parse(text) == Money(cents)


@pytest.mark.parametrize("text", ["", "soixante", "1,005", "NaN", "inf", "1e99", "12,3,4"])
def test_parse_refuses_what_is_no_amount(text):
    with pytest.raises(ValueError):
        Money.parse(text)


def test_money_is_written_as_the_language_does():
    with override("fr"):
        assert (str(Money(6000)), str(Money(123456)), str(Money(-50))) == (
            "60\u00a0€",
            "1\u202f234,56\u00a0€",
            "-0,50\u00a0€",
        )
    with override("en"):
        assert (str(Money(6000)), str(Money(123456))) == ("€60", "€1,234.56")


def test_money_is_never_a_float():
    with pytest.raises(TypeError):
        Money(1.5)  # type: ignore[arg-type]


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "EUR") + Money(1, "CHF")


def test_share_rounds_half_up():
    assert (Money(5).share(1, 2), Money(100).share(1, 3)) == (Money(3), Money(33))


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_total_adds_cents_exactly(cents):
    assert total([Money(value) for value in cents]) == Money(sum(cents))
