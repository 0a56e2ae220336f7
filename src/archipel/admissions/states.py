# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may become of a request and of a wave."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archipel.kernel.states import Moves

# A decision is corrected by bringing the request back to ``in_review``, by a human, until the referent has agreed.
# ``accepted`` keeps its place until a human says otherwise; no state is left by a timer.
REQUEST = Moves.of(
    {
        "draft": "submitted withdrawn",
        "submitted": "in_review question waiting accepted redirected declined withdrawn",
        "in_review": "question waiting accepted redirected declined withdrawn",
        "question": "in_review waiting accepted redirected declined withdrawn",
        "waiting": "in_review question accepted redirected declined withdrawn",
        "accepted": "in_review waiting agreed withdrawn",
        "redirected": "in_review",
        "declined": "in_review",
        "agreed": "opening open",
        "opening": "open",
        "open": "",
        "withdrawn": "",
    }
)
WAVE = Moves.of({"planned": "open cancelled", "open": "closed cancelled", "closed": "", "cancelled": ""})

LABELS: dict[str, str | Promise] = {
    "draft": _("Being typed"),
    "submitted": _("Received"),
    "in_review": _("Being read"),
    "question": _("Question asked"),
    "waiting": _("On the waiting list"),
    "accepted": _("Accepted"),
    "redirected": _("Passed on to another host"),
    "declined": _("Declined"),
    "agreed": _("Agreed"),
    "opening": _("Opening"),
    "open": _("Open"),
    "withdrawn": _("Withdrawn"),
}
TONES = {
    "submitted": "care",
    "in_review": "care",
    "accepted": "ok",
    "agreed": "now",
    "opening": "now",
    "open": "ok",
    "redirected": "ok",
    "declined": "stop",
}
WAVE_LABELS: dict[str, str | Promise] = {
    "planned": _("Planned"),
    "open": _("Open"),
    "closed": _("Closed"),
    "cancelled": _("Cancelled"),
}
WAVE_TONES = {"planned": "", "open": "now", "closed": "ok", "cancelled": "stop"}

# What a human of the host still has to answer.
TO_DECIDE = ("submitted", "in_review")
# What takes a place of a wave.
HOLDS_A_PLACE = ("accepted", "agreed", "opening", "open")
# The end of the way, or an answer given: what names people goes a year later.
ANSWERED_FOR_GOOD = ("redirected", "declined", "withdrawn")
# The asker may still say "no longer".
BEFORE_AGREED = ("draft", "submitted", "in_review", "question", "waiting", "accepted")
