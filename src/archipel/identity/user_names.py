# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of applications and of their users, as they are typed and as they are stored."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Invalid

APPLICATION_LENGTH, USER_NAME_LENGTH = 100, 255


class InvalidUserName(Invalid):
    """No application has a user of that name."""

    code = "invalid_user_name"
    message = _("A user name has one to 255 signs, none of which is a space at an end or a control sign.")


def clean_application(application: str) -> str:
    """Return the name of an application as it is compared: small letters, one space between words."""
    return " ".join(application.casefold().split())[:APPLICATION_LENGTH]


def clean_user_name(user_name: str) -> str:
    """Return a user name, letter by letter as the application knows it (``InvalidUserName``)."""
    strange = any(unicodedata.category(sign).startswith("C") for sign in user_name)
    if not user_name or user_name != user_name.strip() or len(user_name) > USER_NAME_LENGTH or strange:
        raise InvalidUserName(field="user_name")
    return user_name
