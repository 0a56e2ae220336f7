# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the asker reads of a request, by its link or signed in: where it stands, in plain words, and what comes next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.admissions import queries, recap
from archipel.admissions.links import token_for
from archipel.admissions.models import Request
from archipel.admissions.states import BEFORE_AGREED, LABELS, TONES_FOR_ASKER
from archipel.catalogue import queries as catalogue
from archipel.kernel.refusals import Refusal
from archipel.spaces import queries as spaces


def follow_context(asked: Request) -> dict[str, Any]:
    """Return what both pages show."""
    return {
        "asked": asked,
        "service_name": catalogue.service_name(asked.service),
        "size": queries.size_of(asked),
        "state_label": LABELS[asked.state],
        "tone": TONES_FOR_ASKER.get(asked.state, ""),
        "next_words": next_words(asked),
        "lines": recap.recap_of(asked),
        "wave_name": queries.name_of(asked.wave) if asked.wave else "",
        "may_withdraw": asked.state in BEFORE_AGREED,
        "address_url": _site_of(asked),
    }


def _site_of(asked: Request) -> str:
    address = getattr(asked.space, "address", None) if asked.state == "open" else None
    return spaces.address_url(address.name) if address else ""


def next_words(asked: Request) -> str:
    """Return what comes next, said to the asker."""
    if asked.state in ("submitted", "in_review") and asked.wave is not None and asked.wave.state == "open":
        return _("Requests of this wave are answered together, once it has closed.")
    words = {
        "submitted": _("A person reads your request and answers you by e-mail. There is nothing to do."),
        "in_review": _("A person is reading your request and answers you by e-mail. There is nothing to do."),
        "question": _("We asked you a question: your answer lets us go on. Answer our e-mail, or write below."),
        "waiting": _("You are on the waiting list, in the order of arrival. We write to you as soon as it moves."),
        "accepted": _(
            "It is a yes. An agreement was sent to the referent: what would be paid, and the terms of use. "
            "Nothing is created before it is agreed to, and your place is kept."
        ),
        "redirected": _("We passed your request on to another host, which will write to you."),
        "declined": _("We could not say yes this time. The reasons are in our answer; you may ask again."),
        "agreed": _("You agreed. The opening begins."),
        "opening": _("It is being opened, step by step. We write to you when it is ready."),
        "open": _("It is open. Sign in to use it and to invite your people."),
        "withdrawn": _("This request was withdrawn. You may send another one whenever you wish."),
    }
    return words[asked.state]


def link_over(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say that nothing is lost, and where to go on: to the draft when it was never sent."""
    draft = refusal.details.get("draft")
    context = {
        "reference": refusal.details.get("reference", ""),
        "words": str(refusal),
        "draft_url": reverse("request-draft", args=[token_for("draft", draft)]) if draft else "",
    }
    return render(request, "admissions/link_over.html", context, status=refusal.status)
