# SPDX-License-Identifier: AGPL-3.0-or-later
"""Money: whole cents and a currency, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import get_language

NARROW_SPACE = "\u202f"
SIGNS = {"EUR": "€"}


@dataclass(frozen=True, order=True)
class Money:
    """An amount of ``cents`` (hundredths, whole) in ``currency`` (ISO 4217)."""

    cents: int
    currency: str = "EUR"

    def __post_init__(self) -> None:
        if not isinstance(self.cents, int) or isinstance(self.cents, bool):
            raise TypeError("money is counted in whole cents")

    @classmethod
    def parse(cls, text: str, currency: str = "EUR") -> Money:
        """Read what a person types ("60", "60,50", "1 200 €"); ``ValueError`` when it is no amount."""
        cleaned = "".join(c for c in text if not c.isspace()).removesuffix(SIGNS.get(currency, "")).replace(",", ".")
        try:
            cents = Decimal(cleaned) * 100
        except InvalidOperation as error:
            raise ValueError(text) from error
        if not cents.is_finite() or abs(cents) > 10**11 or cents != cents.to_integral_value():
            raise ValueError(text)
        return cls(int(cents), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - self._same(other), self.currency)

    def __bool__(self) -> bool:
        return self.cents != 0

    def share(self, numerator: int, denominator: int) -> Money:
        """Return a fraction of the amount, rounded half up to the cent."""
        exact = Decimal(self.cents * numerator) / Decimal(denominator)
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), self.currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.cents

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        whole, rest = divmod(abs(self.cents), 100)
        french = (get_language() or "fr").startswith("fr")
        digits = f"{whole:,}".replace(",", NARROW_SPACE if french else ",")
        amount = sign + digits + (f"{',' if french else '.'}{rest:02d}" if rest else "")
        unit = SIGNS.get(self.currency, self.currency)
        return f"{amount}\u00a0{unit}" if french or unit == self.currency else f"{unit}{amount}"


def total(amounts: list[Money], currency: str = "EUR") -> Money:
    """Add up amounts of one currency; zero when there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result
