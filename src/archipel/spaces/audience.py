# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may enter a space, and as what: what follows from roles in the organisation, and what is set for one person there."""

from __future__ import annotations

from archipel.identity.models import Person
from archipel.organisations.models import Membership, Organisation
from archipel.spaces.effects import effect_of
from archipel.spaces.models import Application, Space, SpaceRole
from archipel.spaces.ports import PersonAccess

_ROLES = {"referent": "referent", "treasurer": "member", "member": "member"}


def people_of(organisation: Organisation, person: Person | None = None) -> list[PersonAccess]:
    """Return who may enter the spaces of an organisation (one person of them), with the strongest of their roles."""
    rows = Membership.objects.filter(organisation=organisation, ended_at=None, role__in=_ROLES, person__is_active=True)
    if person is not None:
        rows = rows.filter(person=person)
    found: dict[str, PersonAccess] = {}
    for row in rows.select_related("person").order_by("pk"):
        known = found.get(row.person.public_id)
        role = _ROLES[row.role]
        if known is None or role == "referent":
            found[row.person.public_id] = PersonAccess(row.person.public_id, row.person.name, row.person.email, role)
    return [found[public_id] for public_id in sorted(found)]


def people_in(space: Space, person: Person | None = None) -> list[PersonAccess]:
    """Return who may enter a space, each with their own role there where one is set, else with what follows."""
    people = people_of(space.organisation, person)
    own = own_roles_in(space)
    entering = [(who, own.get(who.person_id, who.role)) for who in people]
    return [PersonAccess(who.person_id, who.name, who.email, role) for who, role in entering if role]


def own_roles_in(space: Space) -> dict[str, str]:
    """Return what single persons enter a space with, by public id; nothing: they do not enter."""
    return dict(SpaceRole.objects.filter(space=space).values_list("person__public_id", "role"))


def lets_people_in(space: Space) -> bool:
    """Return whether anybody may enter a space now: it is open, nothing suspends it, and it has a client."""
    return space.client_id is not None and space.state == "open" and effect_of(space) != "suspended"


def roles_known(space: Space) -> dict[str, str]:
    """Return the roles of a space its application knows, with the word it is told for each; none: it knows no roles."""
    row = Application.objects.filter(connector=space.connector).first()
    return {role: word for role, word in row.roles} if row else {}


def word_of(known: dict[str, str], role: str) -> str:
    """Return the word an application is told for a role of the space; the role itself where it knows none."""
    return known.get(role, role)
