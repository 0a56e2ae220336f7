# SPDX-License-Identifier: AGPL-3.0-or-later
"""Refusals: what a rule says no to. Pages show them as form errors, the API answers 409 with their code."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A rule refused what was asked; nothing was changed.

    ``code`` is stable and machine-readable, ``message`` is for a person (translated when shown),
    ``field`` names the form field it belongs to, empty for the whole form, ``details`` is JSON-ready.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str | Promise] = _("This cannot be done.")
    status: ClassVar[int] = 409

    def __init__(self, message: str | Promise | None = None, *, field: str = "", **details: Any) -> None:
        self.text: str | Promise = message if message is not None else self.message
        self.field = field
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.text)


class NotFound(Refusal):
    """The object does not exist for this person; a stranger cannot tell it from one that never was."""

    code = "not_found"
    message = _("This page does not exist, or it is not open to you.")
    status = 404


class NotAllowed(Refusal):
    """The person sees the object, but their role does not include this act."""

    code = "not_allowed"
    message = _("Your role does not include this. Ask the person who looks after your organisation.")
    status = 403


class Invalid(Refusal):
    """What was typed cannot be taken as it is; ``field`` says where."""

    code = "invalid"
    message = _("Please correct this answer.")
    status = 422


class TooMany(Refusal):
    """Asked too often; the same words whoever asks."""

    code = "too_many"
    message = _("Too many attempts in a short time. Please try again a little later.")
    status = 429


class NotSignedIn(Refusal):
    """No token, or one that is revoked, past its day, or of somebody who may not sign in any more."""

    code = "not_signed_in"
    message = _("A valid token is needed: send it as “Authorization: Bearer …”.")
    status = 401


class BodyTooLong(Refusal):
    """The body of a request is longer than what is read."""

    code = "request_too_long"
    message = _("What was sent is too long to be read.")
    status = 413


class AlreadyDecided(Refusal):
    """Somebody else was faster; ``details`` tell what they decided."""

    code = "already_decided"
    message = _("Someone has already decided this. Here is what they decided.")
