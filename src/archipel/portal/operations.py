# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, NotFound
from archipel.portal import held


class ConfirmationMissing(Invalid):
    """The person did not type the word that confirms."""

    code = "confirmation_missing"
    message = _("To confirm, type your e-mail address exactly as it is shown.")


def forget_me(*, person: Person, typed: str) -> list[str]:
    """Forget a person everywhere, at their own request, at once; return what is kept, why and until when.

    Refused while they are the last referent of an organisation: they name a successor first.
    """
    if typed.strip().lower() != person.email.lower():
        raise ConfirmationMissing(field="typed")
    with transaction.atomic():
        return held.forget(person, f"person-{person.public_id[:6]}")


def move_demonstration_clock(*, by: timedelta) -> datetime:
    """Move the demonstration clock forward and return the new present; ``NotFound`` on a real host."""
    if not settings.DEMONSTRATION:
        raise NotFound
    return clock.move_forward(by)
