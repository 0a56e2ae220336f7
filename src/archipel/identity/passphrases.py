# SPDX-License-Identifier: AGPL-3.0-or-later
"""Django's checks of a new passphrase, in our words: several plain words are better than one strange one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation as django_checks
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

HELP: Any = _("At least 12 signs. Four or five words that have nothing to do with one another are easy to keep.")


class LongEnough(django_checks.MinimumLengthValidator):
    def get_error_message(self) -> str:
        sentence = ngettext(
            "This passphrase is too short: it needs at least %d sign.",
            "This passphrase is too short: it needs at least %d signs.",
            self.min_length,
        )
        return sentence % self.min_length

    def get_help_text(self) -> str:
        return str(HELP)


class NotCommon(django_checks.CommonPasswordValidator):
    def get_error_message(self) -> Any:
        return _("Many people use this passphrase: it would be guessed. Choose another one.")

    def get_help_text(self) -> str:
        return ""


class NotAboutThePerson(django_checks.UserAttributeSimilarityValidator):
    DEFAULT_USER_ATTRIBUTES = ("name", "email")

    def __init__(self) -> None:
        super().__init__(user_attributes=self.DEFAULT_USER_ATTRIBUTES)

    def get_error_message(self) -> Any:
        return _("This passphrase looks too much like your name or your address.")

    def get_help_text(self) -> str:
        return ""
