# SPDX-License-Identifier: AGPL-3.0-or-later
"""Link the people of a bundle to those who are here: by confirmed address where there is one, by an invitation elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from archipel.identity.addresses import clean_address
from archipel.identity.models import Person
from archipel.identity.queries import person_by_email
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid
from archipel.organisations import access as organisations_access
from archipel.organisations import operations as organisations
from archipel.organisations.lists import MOST_LINES
from archipel.organisations.models import Invitation, Membership, Organisation
from archipel.organisations.rights import roles_for
from archipel.spaces.audience import roles_known
from archipel.spaces.models import AwaitedRole, Restoration, Space, SpaceRole
from archipel.spaces.moves import locked
from archipel.spaces.operations.entries import rewrite_entries_of, tell_people
from archipel.spaces.unpacking import PersonBrought

# To how many addresses a file may have the host write when a referent brought it: as many as a list of theirs.
MOST_INVITED = MOST_LINES


def link_people(*, restoration: Restoration, people: Sequence[PersonBrought]) -> dict[str, int]:
    """Let in or invite the people of a bundle; return how many were there, joined, were invited, could not be. Repeatable.

    Nobody loses a role by it. Somebody who has an account and does not belong joins at once when a person of the host
    asked, and is invited when a referent did: nobody is put into an organisation by a file that another one wrote.
    A referent's bundle has ``MOST_INVITED`` people invited at most; the others are left out.
    """
    space, by = restoration.space, restoration.asked_by
    at_desk = by is not None and organisations_access.desk_may(by, "people")
    counts = dict.fromkeys(("there", "joined", "invited", "left_out"), 0)
    for who in people:
        counts[_link(restoration, who, at_desk, at_desk or counts["invited"] < MOST_INVITED)] += 1
    with transaction.atomic():
        space = locked(space)
        rewrite_entries_of(space=space)
        tell_people(space=space)
    return counts


def _link(restoration: Restoration, who: PersonBrought, at_desk: bool, may_invite: bool) -> str:
    space, by = restoration.space, restoration.asked_by
    person = person_by_email(who.email)
    with transaction.atomic():
        # The organisation before its space, as everywhere: somebody may be removed there at this very moment.
        Organisation.objects.select_for_update().get(pk=space.organisation_id)
        locked(space)
        if person is None or not person.is_active:
            return _invite(restoration, who) if may_invite else "left_out"
        role = Membership.objects.filter(organisation=space.organisation, person=person, ended_at=None).first()
        if role is None and not at_desk:
            return _invite(restoration, who) if may_invite else "left_out"
        if role is None and who.role not in roles_for(space.organisation.kind):
            # The roles of the host are its own: nobody becomes somebody of the host by a file.
            return "left_out"
        _set_own(space, person, who)
        if role is None:
            organisations.give_role(organisation=space.organisation, person=person, role=who.role, by=by)
        # Who joined in a call that was interrupted is there by this one.
        return "there" if role is not None and role.since < restoration.asked_at else "joined"


def _set_own(space: Space, person: Person, who: PersonBrought) -> None:
    if who.own_role is not None and _is_known(space, who):
        SpaceRole.objects.update_or_create(space=space, person=person, defaults={"role": who.own_role})


def _invite(restoration: Restoration, who: PersonBrought) -> str:
    space = restoration.space
    try:
        email = clean_address(who.email)
    except Invalid:
        return "left_out"
    pending = Invitation.objects.filter(
        organisation=space.organisation, email=email, accepted_at=None, withdrawn_at=None
    )
    # Nobody is written to twice: because a worker was interrupted, or because somebody brings a file again and again.
    if not pending.filter(expires_at__gt=clock.now()).exists():
        try:
            organisations.invite(
                organisation=space.organisation, email=email, name=who.name, role=who.role, by=restoration.asked_by
            )
        except (Invalid, organisations.AlreadyMember):
            return "left_out"
    if _is_known(space, who):
        values = {"role": who.own_role, "since": clock.now()}
        AwaitedRole.objects.update_or_create(space=space, email=email, defaults=values)
    return "invited"


def _is_known(space: Space, who: PersonBrought) -> bool:
    return who.own_role == "" or (who.own_role is not None and who.own_role in roles_known(space))
