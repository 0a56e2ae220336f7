# SPDX-License-Identifier: AGPL-3.0-or-later
"""What requests hold on a person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from archipel.admissions import operations
from archipel.admissions.models import Request, WaveAlert
from archipel.admissions.recap import pairs_of
from archipel.admissions.states import LABELS
from archipel.identity.models import Person
from archipel.identity.queries import confirmed_addresses_of


def export(person: Person) -> dict[str, Any]:
    """Return what the person asked for, as it was declared, and what they wait for."""
    related = ("service", "tier__offer__service", "town")
    requests = Request.objects.filter(person=person).select_related(*related).order_by("created_at")
    alerts = WaveAlert.objects.filter(email__in=confirmed_addresses_of(person)).select_related("service")
    return {
        "requests": [_exported(request) for request in requests],
        "waits_for": [{"service": alert.service.slug, "asked_at": alert.created_at.isoformat()} for alert in alerts],
    }


def _exported(request: Request) -> dict[str, Any]:
    return {
        "public_id": request.public_id,
        "reference": request.reference,
        "service": request.service.slug,
        "state": str(LABELS[request.state]),
        "declared": [{"what": label, "value": value} for label, value in pairs_of(request)],
        "submitted_at": request.submitted_at.isoformat() if request.submitted_at else None,
        "decided_at": request.decided_at.isoformat() if request.decided_at else None,
        "decision": request.decision,
        "words": request.decision_words,
        "names_removed_on": request.purge_on.isoformat() if request.purge_on else None,
    }


def forget(person: Person, pseudonym: str) -> list[str]:
    """Forget the person's requests: names go, counts stay."""
    emptied, kept = operations.forget_in_requests(person=person, pseudonym=pseudonym)
    said = []
    if emptied:
        words = ngettext(
            "%(count)d request keeps its service, its dates and its state, without your name, for the public reports.",
            "%(count)d requests keep their service, dates and state, without your name, for the public reports.",
            emptied,
        )
        said.append(words % {"count": emptied})
    if kept:
        words = ngettext(
            "%(count)d request that led to an agreement stays under “%(pseudonym)s” as long as the agreement is kept.",
            "%(count)d requests that led to an agreement stay under “%(pseudonym)s” as long as the agreement is kept.",
            kept,
        )
        said.append(words % {"count": kept, "pseudonym": pseudonym})
    return said
