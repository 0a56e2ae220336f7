# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from archipel.kernel.states import Moves


class State(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", _("On its way")
    SENT = "sent", _("Sent")
    BOUNCED = "bounced", _("Came back")
    REFUSED = "refused", _("Refused")
    GIVEN_UP = "given_up", pgettext_lazy("e-mail", "Given up")
    SUPPRESSED = "suppressed", _("Held back")


MOVES = Moves.of(
    {
        "waiting": "sent refused given_up suppressed",
        "sent": "bounced",
        "bounced": "waiting",
        "refused": "waiting",
        "given_up": "waiting",
        "suppressed": "waiting",
    }
)

# A human of the host must learn of these.
FAILED = (State.BOUNCED, State.REFUSED, State.GIVEN_UP, State.SUPPRESSED)


class Reason(models.TextChoices):
    """Why an address receives nothing any more."""

    REFUSED = "refused", _("Its server refuses it")
    BOUNCED = "bounced", _("Messages come back")
    COMPLAINT = "complaint", _("Reported as unwanted")
