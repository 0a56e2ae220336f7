# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of a service, and what each moment of it allows in the catalogue, the portal and the form."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from archipel.kernel.states import Moves

# Named persons who look after a service, before it opens and as long as it is open.
MAINTAINERS_NEEDED = 2

Service = Moves.of(
    {
        "considered": "trial open closed",
        "trial": "considered open closed_to_newcomers closing",
        "open": "trial full closed_to_newcomers closing",
        "full": "open closed_to_newcomers closing",
        "closed_to_newcomers": "trial open full closing",
        "closing": "closed_to_newcomers closed",
        "closed": "considered",
    }
)

LABELS: dict[str, str | Promise] = {
    "considered": pgettext_lazy("state of a service", "considered"),
    "trial": pgettext_lazy("state of a service", "tried with some"),
    "open": pgettext_lazy("state of a service", "open"),
    "full": pgettext_lazy("state of a service", "full"),
    "closed_to_newcomers": pgettext_lazy("state of a service", "closed to newcomers"),
    "closing": pgettext_lazy("state of a service", "closing"),
    "closed": pgettext_lazy("state of a service", "closed"),
}
TONES = {
    "considered": "",
    "trial": "now",
    "open": "ok",
    "full": "care",
    "closed_to_newcomers": "care",
    "closing": "care",
    "closed": "",
}


@dataclass(frozen=True)
class Allowed:
    """``shown``: in the public list. ``requests``: the form is open; ``waiting_only``: what is asked joins the waiting
    list. ``requests_note`` says it to a person. ``opens``: a space may be opened for what was accepted."""

    shown: bool
    requests: bool
    waiting_only: bool
    requests_note: str | Promise
    opens: bool


ALLOWED = {
    "considered": Allowed(True, False, False, _("We are thinking about it. It cannot be asked for yet."), False),
    "trial": Allowed(
        True, True, True, _("We are trying it with a few organisations. What you ask for joins the waiting list."), True
    ),
    "open": Allowed(True, True, False, "", True),
    "full": Allowed(True, True, True, _("It is full for now. What you ask for joins the waiting list."), True),
    "closed_to_newcomers": Allowed(
        True, False, False, _("It goes on for those who have it, and takes no newcomers for now."), True
    ),
    "closing": Allowed(True, False, False, _("It is coming to an end: those who have it were told until when."), False),
    "closed": Allowed(False, False, False, _("It has come to an end."), False),
}


def allows(state: str) -> Allowed:
    """Return what a state allows."""
    return ALLOWED[state]
