# SPDX-License-Identifier: AGPL-3.0-or-later
"""Countries by their two letters (ISO 3166-1 alpha-2), named as the Unicode CLDR does in the language of the page."""

from __future__ import annotations

from functools import cache

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Invalid

# Regions of CLDR that are no country: the European Union, the euro zone, the United Nations, the whole world, tests.
_NONE = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})
# Shown first: where the hosts who use this are.
_NEAR = ("FR", "BE", "CH", "LU", "DE", "ES", "IT", "NL", "PT", "GB")


class UnknownCountry(Invalid):
    """No country has these letters."""

    code = "unknown_country"
    message = _("Choose a country of the list.")


def checked_country(code: str) -> str:
    """Return the two letters of a country in capitals (``UnknownCountry``)."""
    if not is_country(code.strip().upper()):
        raise UnknownCountry(field="country")
    return code.strip().upper()


def is_country(code: str) -> bool:
    """Return whether these are the two letters of a country."""
    return code in _names("en")


def country_name(code: str) -> str:
    """Return the name of a country; its letters when they name none."""
    return _names(_language()).get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """Return every country to choose from: the near ones first, then all by name."""
    names = _names(_language())
    near = [(code, names[code]) for code in _NEAR]
    others = sorted(((code, name) for code, name in names.items() if code not in _NEAR), key=lambda pair: pair[1])
    return [*near, *others]


def _language() -> str:
    return (get_language() or "fr").split("-")[0]


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale(language).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in _NONE}
