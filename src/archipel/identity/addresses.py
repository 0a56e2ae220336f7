# SPDX-License-Identifier: AGPL-3.0-or-later
"""E-mail addresses as they are typed and as they are stored."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Invalid

ADDRESS_LENGTH = 254


class InvalidAddress(Invalid):
    """What was typed is no e-mail address."""

    code = "invalid_address"
    message = _("This does not look like an e-mail address. Example: camille@example.org")


def clean_address(email: str) -> str:
    """Return an address as it is stored: trimmed, in small letters (``InvalidAddress``)."""
    address = email.strip().lower()
    if len(address) > ADDRESS_LENGTH:
        raise InvalidAddress(field="email")
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidAddress(field="email") from error
    return address
