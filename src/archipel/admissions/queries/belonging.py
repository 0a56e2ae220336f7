# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which organisation a request is surely for, before or after it is sent."""

from __future__ import annotations

from typing import Any

from archipel.admissions.models import Request
from archipel.admissions.queries.checks import known_by_number
from archipel.identity.models import Person
from archipel.identity.queries import confirmed_addresses_of
from archipel.organisations.models import Membership, Organisation


def surely_of(request: Request, person: Person) -> Organisation | None:
    """Return the organisation that was declared, when ``person`` belongs to it; None when it is new or a human must say.

    A number counts before a name; for a person alone, it is the organisation that is themselves.
    """
    known = known_by_number(request.rna, request.siren)
    if known is not None:
        return known if _belongs(person, known) else None
    theirs = Organisation.objects.filter(
        role__person=person, role__ended_at=None, merged_into=None, kind=request.organisation_kind
    )
    if request.organisation_kind == "individual":
        return theirs.first()
    found = theirs.filter(name__iexact=request.organisation_name).first()
    clashes = found and any(
        said and held and said != held for said, held in ((request.rna, found.rna), (request.siren, found.siren))
    )
    return None if clashes else found


def _belongs(person: Person, organisation: Organisation) -> bool:
    return Membership.objects.filter(organisation=organisation, person=person, ended_at=None).exists()


def needs_no_link(email: str, person: Any) -> bool:
    """Return whether somebody signed in has confirmed this very address already."""
    signed_in = person is not None and person.is_authenticated
    return bool(signed_in and email.lower() in confirmed_addresses_of(person))


def known_of(person: Person) -> dict[str, Any]:
    """Return what the form need not ask again, by name of field: who asks, and their organisation when they have one only."""
    found: dict[str, Any] = {"person_name": person.name, "email": person.email}
    theirs = Organisation.objects.filter(role__person=person, role__ended_at=None, merged_into=None)
    rows = list(theirs.exclude(kind__in=["individual", "host"]).select_related("town").distinct()[:2])
    if len(rows) != 1:
        return found
    (row,) = rows
    return found | {
        "organisation_name": row.name,
        "organisation_kind": row.kind,
        "rna": row.rna,
        "siren": row.siren,
        "founded_year": str(row.founded_year or ""),
        "fields_of_action": row.fields_of_action,
        "town": row.town.code if row.town else "",
        "town_text": row.town.name if row.town else row.town_text,
    }
