# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.agreements import access, queries
from archipel.agreements.models import Agreement
from archipel.identity.tokens import TokenAuth

router = Router(tags=["agreements"])


class LineOut(Schema):
    label: str
    cents_a_year: int
    full_cents_a_year: int | None


class AgreementOut(Schema):
    """Money is whole cents of euros a year."""

    id: str
    state: str
    organisation_id: str
    service: str
    lines: list[LineOut]
    total_cents_a_year: int
    terms_of: date | None
    binding_language: str | None
    referent_name: str
    proposed_at: datetime
    agreed_at: datetime | None


@router.get(
    "/agreements/{agreement_id}",
    operation_id="readAgreement",
    response=AgreementOut,
    auth=TokenAuth("agreements:write"),
)
def read_agreement(request: HttpRequest, agreement_id: str) -> AgreementOut:
    """The lines and terms of an agreement of one of your organisations."""
    return _out(access.agreement_of(request.user, agreement_id))


def _out(agreement: Agreement) -> AgreementOut:
    page = queries.agreement_page(agreement)
    terms = agreement.terms
    return AgreementOut(
        id=agreement.public_id,
        state=agreement.state,
        organisation_id=agreement.organisation.public_id,
        service=agreement.service.slug,
        lines=[
            LineOut(
                label=line.label,
                cents_a_year=line.price.cents,
                full_cents_a_year=None if line.full is None else line.full.cents,
            )
            for line in page.lines
        ],
        total_cents_a_year=page.total.cents,
        terms_of=terms.since if terms else None,
        binding_language=terms.binding_language if terms else None,
        referent_name=agreement.referent_name,
        proposed_at=agreement.proposed_at,
        agreed_at=agreement.agreed_at,
    )
