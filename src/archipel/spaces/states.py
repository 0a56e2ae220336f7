# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of a space, how strong its holds are, and the words for both."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from archipel.kernel.states import Moves

SPACE = Moves.of(
    {
        "opening": "open closed",
        "open": "closing",
        "closing": "open closed",
        "closed": "deleted",
        "deleted": "",
    }
)
PUBLICATION = Moves.of(
    {
        "receiving": "online replaced refused abandoned",
        "online": "replaced",
        "replaced": "online",
        "refused": "",
        "abandoned": "",
    }
)
DOMAIN = Moves.of(
    {
        "pending": "enabled action_required failed removed",
        "enabled": "action_required removed",
        "action_required": "enabled failed removed",
        "failed": "pending enabled removed",
        "removed": "",
    }
)
UPGRADE = Moves.of({"running": "done returned given_up", "done": "", "returned": "", "given_up": ""})
RESTORATION = Moves.of({"waiting": "running refused", "running": "done refused", "done": "", "refused": ""})
EFFECTS = ("read_only", "suspended")

RESTORATION_WORDS = {
    "waiting": _("It is its turn soon"),
    "running": _("Being put in place"),
    "done": _("In place"),
    "refused": _("Not taken"),
}
STATE_WORDS = {
    "opening": _("Opening"),
    "open": _("Open"),
    "closing": _("Closing"),
    "closed": _("Being deleted"),
    "deleted": _("Deleted"),
}
KIND_WORDS = {
    "unpaid": _("Unpaid"),
    "abuse": _("After a report"),
    "own_wish": _("At the organisation’s own wish"),
    "maintenance": _("Maintenance"),
}
EFFECT_WORDS = {
    "": _("Online"),
    "read_only": _("Online, but nothing can be published"),
    "suspended": _("Offline"),
}


def strongest(effects: Iterable[str]) -> str:
    """Return the strongest of several effects, or nothing when there are none."""
    return max(effects, key=EFFECTS.index, default="")


def effect_of(state: str, effects: Iterable[str]) -> str:
    """Return what applies to a space in a life ``state`` with these open holds: what is closing shows nothing."""
    return "suspended" if state in {"closing", "closed"} else strongest(effects)
