# SPDX-License-Identifier: AGPL-3.0-or-later
"""What agreements hold on a person: that they were referent, and that they agreed."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from archipel.agreements import operations
from archipel.agreements.models import Agreement
from archipel.agreements.queries import yearly_total
from archipel.identity.models import Person
from archipel.identity.queries import confirmed_addresses_of, is_address_of


def export(person: Person) -> dict[str, Any]:
    """Return the agreements a person was referent of or agreed to."""
    mine = is_address_of(person, "referent_email") | Q(agreed_by=person)
    rows = Agreement.objects.filter(mine).select_related("organisation", "service", "terms").prefetch_related("lines")
    addresses = {address.lower() for address in (*confirmed_addresses_of(person), person.email)}
    return {"agreements": [_row(agreement, person, addresses) for agreement in rows.order_by("proposed_at")]}


def _row(agreement: Agreement, person: Person, addresses: set[str]) -> dict[str, Any]:
    # The referent and who agreed may be two persons: each is given what is theirs.
    is_referent = agreement.referent_email.lower() in addresses
    has_agreed = agreement.agreed_by_id == person.pk or (is_referent and agreement.agreed_by_id is None)
    return {
        "public_id": agreement.public_id,
        "organisation": agreement.organisation.name,
        "service": agreement.service.slug,
        "state": agreement.state,
        "referent": {"name": agreement.referent_name, "email": agreement.referent_email} if is_referent else None,
        "proposed_at": agreement.proposed_at.isoformat(),
        "agreed_at": agreement.agreed_at.isoformat() if agreement.agreed_at else None,
        "agreed_from": agreement.agreed_from if has_agreed else None,
        "terms_of": agreement.terms.since.isoformat() if agreement.terms else None,
        "lines": [{"labels": line.labels, "cents_a_year": line.cents} for line in agreement.lines.all()],
        "total_cents_a_year": yearly_total(agreement).cents,
    }


def forget(person: Person, pseudonym: str) -> list[str]:
    """Forget who agreed; what the organisation agreed to stays with it."""
    if not operations.forget_referent(person=person, pseudonym=pseudonym):
        return []
    return [
        _(
            "The agreements you signed for an organisation stay with it for as long as they run and ten years after "
            "(commercial code, art. L123-22), with a pseudonym where your name stood."
        )
    ]
