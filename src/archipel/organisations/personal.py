# SPDX-License-Identifier: AGPL-3.0-or-later
"""What organisations hold on a person: roles and invitations."""

from __future__ import annotations

from typing import Any

from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.organisations import operations
from archipel.organisations.models import Invitation, Membership


def export(person: Person) -> dict[str, Any]:
    """Return every role, ended ones included, and the invitations sent to the person's addresses."""
    roles = Membership.objects.select_related("organisation").filter(person=person).order_by("since")
    addresses = identity.confirmed_addresses_of(person)
    invitations = Invitation.objects.select_related("organisation").filter(email__in=addresses).order_by("created_at")
    return {
        "roles": [
            {
                "organisation": row.organisation.name,
                "organisation_id": row.organisation.public_id,
                "role": row.role,
                "since": row.since.isoformat(),
                "ended_at": row.ended_at.isoformat() if row.ended_at else None,
            }
            for row in roles
        ],
        "invitations": [
            {
                "organisation": row.organisation.name,
                "email": row.email,
                "name": row.name,
                "role": row.role,
                "sent_at": row.created_at.isoformat(),
                "accepted_at": row.accepted_at.isoformat() if row.accepted_at else None,
            }
            for row in invitations
        ],
    }


def forget(person: Person, pseudonym: str) -> list[str]:
    """End the roles and forget the invitations; nothing is kept but what ``identity`` tells of the pseudonym."""
    operations.forget_in_organisations(person=person, pseudonym=pseudonym)
    return []
