# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may become of a request and of a wave."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from archipel.kernel.states import Moves

# A decision is corrected by bringing the request back to ``in_review``, by a human, until the referent has agreed.
# ``accepted`` keeps its place until a human says otherwise; no state is left by a timer. An opening that a human
# cancels brings its request back to review.
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
        "agreed": "opening",
        "opening": "open in_review",
        "open": "",
        "withdrawn": "",
    }
)
WAVE = Moves.of({"planned": "open cancelled", "open": "closed cancelled", "closed": "", "cancelled": ""})

LABELS: dict[str, str | Promise] = {
    "draft": pgettext_lazy("state of a request", "Being typed"),
    "submitted": pgettext_lazy("state of a request", "Received"),
    "in_review": pgettext_lazy("state of a request", "Being read"),
    "question": pgettext_lazy("state of a request", "Question asked"),
    "waiting": pgettext_lazy("state of a request", "On the waiting list"),
    "accepted": pgettext_lazy("state of a request", "Accepted"),
    "redirected": pgettext_lazy("state of a request", "Passed on to another host"),
    "declined": pgettext_lazy("state of a request", "Declined"),
    "agreed": pgettext_lazy("state of a request", "Agreed"),
    "opening": pgettext_lazy("state of a request", "Opening"),
    "open": pgettext_lazy("state of a request", "Open"),
    "withdrawn": pgettext_lazy("state of a request", "Withdrawn"),
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
# What waits for the host calls its people to look; to the asker it is simply under way.
TONES_FOR_ASKER = TONES | {"submitted": "now", "in_review": "now", "question": "care", "declined": ""}
WAVE_LABELS: dict[str, str | Promise] = {
    "planned": pgettext_lazy("state of a wave", "Planned"),
    "open": pgettext_lazy("state of a wave", "Open"),
    "closed": pgettext_lazy("state of a wave", "Closed"),
    "cancelled": pgettext_lazy("state of a wave", "Cancelled"),
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
