# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only way an organisation reaches a person; a stranger reads that it does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archipel.host import queries as host
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.kernel.refusals import NotAllowed, NotFound
from archipel.organisations.models import (
    Access,
    DeclaredService,
    Invitation,
    Membership,
    Organisation,
    SecondFactorReset,
)
from archipel.organisations.rights import DESK_OPENS, DESK_RIGHTS, HOST_NEEDS, ORGANISATION_RIGHTS, verbs_of

# Every page asks for the roles of the one who reads it; they are read once for each object that stands for a person,
# which lives as long as the request.
_REMEMBERED = "_roles_held"


@dataclass
class RolesHeld:
    """The roles of a person at this moment: by key of organisation, and at the host.

    ``waiting``: roles that open nothing until the person has a second factor (parameter ``second_factor_roles``).
    """

    by_organisation: dict[int, frozenset[str]] = field(default_factory=dict)
    at_host: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()


def roles_held(person: Any) -> RolesHeld:
    """Return the roles a person holds now, with a query for them and one for which need a second factor, the first time."""
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return RolesHeld()
    held: RolesHeld | None = person.__dict__.get(_REMEMBERED) or _read(person)
    assert held is not None
    person.__dict__[_REMEMBERED] = held
    return held


def forget_roles_held(person: Any) -> None:
    """Read the roles again at the next question (after a change of role)."""
    person.__dict__.pop(_REMEMBERED, None)


def _read(person: Person) -> RolesHeld:
    held = RolesHeld()
    rows = Membership.objects.filter(person=person, ended_at=None, organisation__merged_into=None)
    found = list(rows.values_list("organisation_id", "organisation__kind", "role"))
    held.waiting = _waiting(person, frozenset(role for _key, _kind, role in found))
    for key, kind, role in found:
        if role in held.waiting:
            continue
        held.by_organisation[key] = held.by_organisation.get(key, frozenset()) | {role}
        if kind == "host":
            held.at_host |= {role}
    return held


def _waiting(person: Person, roles: frozenset[str]) -> frozenset[str]:
    if identity.signs_in_elsewhere():  # second factors are there too: docs/operating/keycloak.md
        return frozenset()
    needing = roles & frozenset(host.parameter("second_factor_roles")) if roles else roles
    return frozenset() if not needing or identity.has_second_factor(person) else needing


def waits_for_second_factor(person: Any) -> frozenset[str]:
    """Return the roles that a person holds and that open nothing until they have a second factor."""
    return roles_held(person).waiting


def desk_may(person: Any, verb: str) -> bool:
    """Return whether the roles of a person at the host include a verb of the desk."""
    return verb in verbs_of(roles_held(person).at_host, DESK_RIGHTS)


def desk_verbs(person: Any) -> frozenset[str]:
    """Return every verb of the desk open to a person; empty for everybody outside the host."""
    return verbs_of(roles_held(person).at_host, DESK_RIGHTS)


def require_desk(person: Any, verb: str) -> None:
    """Refuse a person of the host whose role lacks the verb; to others the desk does not exist."""
    if desk_may(person, verb):
        return
    raise NotAllowed if roles_held(person).at_host else NotFound


def organisation_of(person: Any, public_id: str) -> Organisation:
    """Return an organisation to one of its people, or to the desk; the kept one when it was merged."""
    organisation = Organisation.objects.select_related("town", "merged_into").filter(public_id=public_id).first()
    while organisation is not None and organisation.merged_into is not None:
        organisation = organisation.merged_into
    if organisation is None or not person_may(person, organisation, "read"):
        raise NotFound
    return organisation


def person_may(person: Any, organisation: Organisation, verb: str) -> bool:
    """Return whether a person may do something in an organisation, by their role in it or at the host."""
    held = roles_held(person)
    if organisation.kind == "host":
        return HOST_NEEDS.get(verb, "settings") in verbs_of(held.at_host, DESK_RIGHTS)
    own = held.by_organisation.get(organisation.pk, frozenset())
    if verb in verbs_of(own, ORGANISATION_RIGHTS):
        return True
    return DESK_OPENS.get(verb) in verbs_of(held.at_host, DESK_RIGHTS)


def require(person: Any, organisation: Organisation, verb: str) -> None:
    """Refuse what a role does not include; a stranger cannot tell the organisation from one that never was."""
    if person_may(person, organisation, verb):
        return
    raise NotAllowed if person_may(person, organisation, "read") else NotFound


def invitation_of(person: Any, public_id: str) -> Invitation:
    """Return an invitation to those who may invite in its organisation."""
    invitation = Invitation.objects.select_related("organisation", "invited_by").filter(public_id=public_id).first()
    if invitation is None:
        raise NotFound
    require(person, invitation.organisation, "invite")
    return invitation


def access_in(organisation: Organisation, public_id: str) -> Access:
    """Return an application that an organisation enters, as found through that organisation only."""
    found = Access.objects.select_related("client", "organisation").filter(
        organisation=organisation, public_id=public_id, closed_at=None
    )
    row = found.first()
    if row is None:
        raise NotFound
    return row


def declared_in(organisation: Organisation, public_id: str) -> DeclaredService:
    """Return a service that an organisation declared, as found through that organisation only."""
    rows = DeclaredService.objects.select_related("organisation", "confirmed_by")
    row = rows.filter(organisation=organisation, public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def reset_in(organisation: Organisation, public_id: str) -> SecondFactorReset:
    """Return the reset of a second factor, as found through its organisation only."""
    rows = SecondFactorReset.objects.select_related("organisation", "person", "asked_by", "confirmed_by")
    row = rows.filter(organisation=organisation, public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def reset_for_desk(person: Any, public_id: str) -> SecondFactorReset:
    """Return a reset to the people of the host who look after people."""
    require_desk(person, "people")
    rows = SecondFactorReset.objects.select_related("organisation", "person", "asked_by", "confirmed_by")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row
