# SPDX-License-Identifier: AGPL-3.0-or-later
"""Django's checks of a new passphrase, in our words: several plain words are better than one strange one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation as django_checks
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from archipel.identity.breached import is_breached
from archipel.identity.common_words import is_one_common_word

HELP: Any = _("At least 12 signs. Four or five words that have nothing to do with one another are easy to keep.")

SHORTEST = 12
ONE_WORD = _(
    "This passphrase is one common word, or one sign said again: it would be guessed. Put several words together."
)
STOLEN = _("This passphrase is in a list of stolen ones, where guessers begin. Choose another one.")


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
    """Refuses what guessers try first: Django's list, zxcvbn's lists of words, and the breached ones this host loaded.

    NIST SP 800-63B, section 5.1.1.2: compared with lists of known ones; nothing is asked about kinds of signs.
    """

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < SHORTEST:  # what is wrong with it is said already
            return
        super().validate(password, user)
        if is_one_common_word(password):
            raise ValidationError(ONE_WORD, code="passphrase_common_word")
        if is_breached(password):
            raise ValidationError(STOLEN, code="passphrase_breached")

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
