# SPDX-License-Identifier: AGPL-3.0-or-later
"""Link the people of a bundle to those who are here: by confirmed address where there is one, by an invitation elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from archipel.identity.models import Person
from archipel.identity.queries import person_by_email
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid
from archipel.organisations import access as organisations_access
from archipel.organisations import operations as organisations
from archipel.organisations.models import Membership
from archipel.spaces.audience import roles_known
from archipel.spaces.models import AwaitedRole, Restoration, Space, SpaceRole
from archipel.spaces.moves import locked
from archipel.spaces.operations.entries import rewrite_entries_of, tell_people
from archipel.spaces.unpacking import PersonBrought


def link_people(*, restoration: Restoration, people: Sequence[PersonBrought]) -> dict[str, int]:
    """Let in or invite the people of a bundle; return how many were there, joined, were invited, could not be. Repeatable.

    Nobody loses a role by it. Somebody who has an account and does not belong joins at once when a person of the host
    asked, and is invited when a referent did: nobody is put into an organisation by a file that another one wrote.
    """
    space, by = restoration.space, restoration.asked_by
    at_desk = by is not None and organisations_access.desk_may(by, "people")
    counts = dict.fromkeys(("there", "joined", "invited", "left_out"), 0)
    for who in people:
        counts[_link(space, who, by, at_desk)] += 1
    with transaction.atomic():
        space = locked(space)
        rewrite_entries_of(space=space)
        tell_people(space=space)
    return counts


def _link(space: Space, who: PersonBrought, by: Person | None, at_desk: bool) -> str:
    person = person_by_email(who.email)
    with transaction.atomic():
        if person is not None and person.is_active:
            belongs = Membership.objects.filter(organisation=space.organisation, person=person, ended_at=None).exists()
            if belongs or at_desk:
                _set_own(space, person, who)
                if not belongs:
                    organisations.give_role(organisation=space.organisation, person=person, role=who.role, by=by)
                return "there" if belongs else "joined"
        return _invite(space, who, by)


def _set_own(space: Space, person: Person, who: PersonBrought) -> None:
    if _is_known(space, who):
        SpaceRole.objects.update_or_create(space=space, person=person, defaults={"role": who.own_role})


def _invite(space: Space, who: PersonBrought, by: Person | None) -> str:
    try:
        organisations.invite(organisation=space.organisation, email=who.email, name=who.name, role=who.role, by=by)
    except (Invalid, organisations.AlreadyMember):
        return "left_out"
    if _is_known(space, who):
        values = {"role": who.own_role, "since": clock.now()}
        AwaitedRole.objects.update_or_create(space=space, email=who.email.lower(), defaults=values)
    return "invited"


def _is_known(space: Space, who: PersonBrought) -> bool:
    return who.own_role == "" or (who.own_role is not None and who.own_role in roles_known(space))
