# SPDX-License-Identifier: AGPL-3.0-or-later
"""Closed lists of the form and of the desk, with their words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from archipel.organisations.models import Kind

Words = str | Promise

# A person alone has a way of their own in the form, and the host never asks itself.
KINDS: dict[str, Words] = {kind.value: kind.label for kind in Kind if kind not in (Kind.INDIVIDUAL, Kind.HOST)}

FIELDS_OF_ACTION: dict[str, Words] = {
    "environment": pgettext_lazy("field of action", "Environment"),
    "culture": pgettext_lazy("field of action", "Culture"),
    "education": pgettext_lazy("field of action", "Popular education"),
    "solidarity": pgettext_lazy("field of action", "Solidarity"),
    "rights": pgettext_lazy("field of action", "Rights and equality"),
    "health": pgettext_lazy("field of action", "Health"),
    "food": pgettext_lazy("field of action", "Food and farming"),
    "housing": pgettext_lazy("field of action", "Housing"),
    "work": pgettext_lazy("field of action", "Work"),
    "sport": pgettext_lazy("field of action", "Sport and leisure"),
    "digital": pgettext_lazy("field of action", "Free software and media"),
    "citizenship": pgettext_lazy("field of action", "Democracy"),
}

# Reasons are counted in the public report of a wave, never shown with a name.
REASONS: dict[str, Words] = {
    "outside_criteria": _("Outside our criteria"),
    "no_room": _("Not enough room for now"),
    "better_elsewhere": _("Another service or another host suits better"),
    "not_our_values": _("Against our charter"),
    "no_answer": _("No answer to our questions"),
    "other": _("Another reason"),
}

DECISIONS: dict[str, Words] = {
    "accept": pgettext_lazy("decision", "Accept"),
    "waiting": pgettext_lazy("decision", "Put on the waiting list"),
    "ask": pgettext_lazy("decision", "Ask a question"),
    "redirect": pgettext_lazy("decision", "Pass on to another host"),
    "decline": pgettext_lazy("decision", "Decline"),
}
