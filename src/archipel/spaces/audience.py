# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may enter a space."""

from __future__ import annotations

from archipel.organisations.models import Membership, Organisation
from archipel.spaces.ports import PersonAccess

_ROLES = {"referent": "referent", "treasurer": "member", "member": "member"}


def people_of(organisation: Organisation) -> list[PersonAccess]:
    """Return who may enter the spaces of an organisation, with the strongest of their roles."""
    found: dict[str, PersonAccess] = {}
    rows = Membership.objects.filter(organisation=organisation, ended_at=None, role__in=_ROLES, person__is_active=True)
    for row in rows.select_related("person").order_by("pk"):
        known = found.get(row.person.public_id)
        role = _ROLES[row.role]
        if known is None or role == "referent":
            found[row.person.public_id] = PersonAccess(row.person.public_id, row.person.name, row.person.email, role)
    return [found[public_id] for public_id in sorted(found)]
