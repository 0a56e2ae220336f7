# SPDX-License-Identifier: AGPL-3.0-or-later
"""The numbers organisations have in French registers: RNA (associations) and SIREN (all that pay or employ)."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fr import siren as siren_numbers

from archipel.kernel.refusals import Invalid

# W, the department (2A and 2B in Corsica, 9A to 9R overseas), then seven digits.
_RNA = re.compile(r"^W[0-9][0-9A-Z][0-9]{7}$")
_SEPARATORS = re.compile(r"[\s.\-–\u00a0\u202f]+")


class InvalidIdentifier(Invalid):
    """A number that no register can have given."""

    code = "invalid_identifier"
    message = _("This number is not in the expected form.")


def clean_rna(text: str) -> str:
    """Return an RNA number as ``W123456789``, empty when nothing was typed (``InvalidIdentifier``).

    Old numbers of prefectures ("0123456789") exist but are no key of the register: the W number is asked for.
    """
    bare = _bare(text)
    if not bare:
        return ""
    if not _RNA.match(bare):
        raise _invalid(
            "rna",
            _("An RNA number is a W followed by 9 digits, such as W294001234. It is on your declaration receipt."),
        )
    return bare


def clean_siren(text: str) -> str:
    """Return a SIREN number as 9 digits, empty when nothing was typed; a SIRET gives its SIREN."""
    bare = _bare(text)
    if not bare:
        return ""
    if len(bare) == 14 and bare.isdecimal():
        bare = bare[:9]
    try:
        return str(siren_numbers.validate(bare))
    except InvalidChecksum as error:
        raise _invalid("siren", _("These 9 digits cannot be a SIREN: one of them must be mistyped.")) from error
    except ValidationError as error:
        raise _invalid("siren", _("A SIREN number has 9 digits, such as 732 829 320.")) from error


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text or "").upper()


def _invalid(field: str, message: Promise) -> InvalidIdentifier:
    return InvalidIdentifier(message, field=field)
