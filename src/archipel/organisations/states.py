# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the reset of a second factor goes, with words for it, and how an import goes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.kernel.states import Moves

# Asked by a referent, then done at once with a second one, or announced by the host after a call. The person it is
# about may cancel at any time before it is done; what nobody confirms lapses.
RESET = Moves.of(
    {
        "asked": "announced done refused cancelled lapsed",
        "announced": "done cancelled lapsed",
        "done": "",
        "refused": "",
        "cancelled": "",
        "lapsed": "",
    }
)
UNDER_WAY = ("asked", "announced")

RESET_WORDS = {
    "asked": _("Waits for a second person"),
    "announced": _("Announced to the person"),
    "done": _("Done"),
    "refused": _("Refused"),
    "cancelled": _("Cancelled by the person"),
    "lapsed": _("Nobody confirmed"),
}

# The life of an import: *ready* has been read and may be applied, *unreadable* holds nothing that could be.
BATCH = Moves.of(
    {
        "reading": "ready unreadable discarded",
        "unreadable": "discarded",
        "ready": "applying discarded",
        "applying": "applied undoing",
        "applied": "undoing",
        "undoing": "undone",
        "undone": "",
        "discarded": "",
    }
)
