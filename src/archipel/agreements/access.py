# SPDX-License-Identifier: AGPL-3.0-or-later
"""The two ways an agreement reaches somebody: the link that was mailed, or a role in the organisation."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from archipel.agreements.models import Agreement
from archipel.kernel.references import digest
from archipel.kernel.refusals import NotFound
from archipel.organisations.access import require


def _rows() -> QuerySet[Agreement]:
    return Agreement.objects.select_related("organisation", "service", "tier", "terms", "agreed_by").prefetch_related(
        "lines"
    )


def agreement_by_token(token: str) -> Agreement:
    """Return the agreement a mailed link opens; a proposal taken back is no longer there."""
    agreement = _rows().filter(token_digest=digest(token)).exclude(state="withdrawn").first()
    if agreement is None:
        raise NotFound
    return agreement


def agreement_of(person: Any, public_id: str, verb: str = "read") -> Agreement:
    """Return an agreement to one whose role in its organisation includes ``verb`` (or to the desk)."""
    agreement = _rows().filter(public_id=public_id).first()
    if agreement is None:
        raise NotFound
    require(person, agreement.organisation, verb)
    return agreement
