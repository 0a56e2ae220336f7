# SPDX-License-Identifier: AGPL-3.0-or-later
"""Countries by their two letters (ISO 3166-1 alpha-2), named as the Unicode CLDR does in the language of the page."""

from __future__ import annotations

import unicodedata
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
    message = _("No country is called that: write its name, such as Belgium, or its two letters.")


def checked_country(text: str) -> str:
    """Return the two letters of a country, named by them or by its name in French or English (``UnknownCountry``)."""
    code = text.strip().upper()
    if is_country(code):
        return code
    found = _by_name().get(_folded(text))
    if found is None:
        raise UnknownCountry(field="country")
    return found


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


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'")).casefold()
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).replace("-", " ").split())


@cache
def _by_name() -> dict[str, str]:
    return {_folded(name): code for language in ("en", "fr") for code, name in _names(language).items()}


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale(language).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in _NONE}
