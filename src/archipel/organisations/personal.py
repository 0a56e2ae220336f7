# SPDX-License-Identifier: AGPL-3.0-or-later
"""What organisations hold on a person: roles, invitations, own ways into applications, lost second factors, mail."""

from __future__ import annotations

from typing import Any

from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.organisations import operations
from archipel.organisations.models import (
    BatchEffect,
    DeclaredService,
    DomainMailbox,
    Invitation,
    Membership,
    PersonalAccess,
    Redirection,
    SecondFactorReset,
)


def export(person: Person) -> dict[str, Any]:
    """Return every role, ended ones included, the invitations sent to the person's addresses, and what is about them alone."""
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
        "mailboxes": [
            {"address": row.address, "name": row.name, "quota_bytes": row.quota_bytes}
            for row in DomainMailbox.objects.filter(person=person).order_by("address")
        ],
        "redirections": [
            {"source": row.source, "destination": row.destination}
            for row in Redirection.objects.filter(destination__in=[*addresses, person.email]).order_by("source")
        ],
        # What an import noted about the person, for thirty days.
        "imports": [
            {"at": row.batch.created_at.isoformat(), "what": row.how}
            for row in BatchEffect.objects.select_related("batch").filter(kind="person", object_id=person.pk)
        ],
        **_about_them_alone(person),
    }


def _about_them_alone(person: Person) -> dict[str, Any]:
    own = PersonalAccess.objects.select_related("access__client", "access__organisation").filter(person=person)
    resets = SecondFactorReset.objects.select_related("organisation").filter(person=person)
    return {
        "own_accesses": [
            {
                "application": row.access.client.name,
                "organisation": row.access.organisation.name,
                "role": row.role,
            }
            for row in own.order_by("pk")
        ],
        "services_confirmed": [
            {
                "organisation": row.organisation.name,
                "service": row.name,
                "host": row.run_by,
                "on": row.confirmed_on.isoformat(),
            }
            for row in DeclaredService.objects.select_related("organisation").filter(confirmed_by=person).order_by("pk")
        ],
        "second_factor_resets": [
            {
                "organisation": row.organisation.name,
                "state": row.state,
                "asked_at": row.asked_at.isoformat(),
                "call": row.call_note,
                "ended_at": row.ended_at.isoformat() if row.ended_at else None,
            }
            for row in resets.order_by("pk")
        ],
    }


def forget(person: Person, pseudonym: str) -> list[str]:
    """End the roles and forget the invitations; nothing is kept but what ``identity`` tells of the pseudonym."""
    operations.forget_in_organisations(person=person, pseudonym=pseudonym)
    return []
