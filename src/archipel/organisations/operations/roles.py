# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.access import forget_roles_held
from archipel.organisations.entering import follow_roles, rewrite_entries
from archipel.organisations.events import RoleEnded, RoleGiven
from archipel.organisations.models import Invitation, Membership, Organisation
from archipel.organisations.rights import leading_role, roles_for
from archipel.outbox import operations as outbox


class LastReferent(Refusal):
    """An organisation keeps somebody who can act for it (the host: an administrator)."""

    code = "last_referent"
    message = _("There must always be someone who can act for the organisation: name a successor first.")


class RoleDoesNotFit(Invalid):
    """The roles of the host exist at the host only, and the other way round."""

    code = "role_does_not_fit"
    message = _("This role does not exist in this organisation.")


class NotOneOfThem(Refusal):
    """The person does not belong to the organisation."""

    code = "not_one_of_them"
    message = _("This person no longer belongs to the organisation.")


def give_role(*, organisation: Organisation, person: Person, role: str, by: Person | None = None) -> Membership:
    """Give a role from now on. Repeatable.

    In an organisation a person has one role: a new one replaces it (``LastReferent`` when nobody would be left to
    act). At the host roles add up.
    """
    check_fits(organisation=organisation, role=role)
    with transaction.atomic():
        held = list(_locked_roles(organisation, person))
        for row in held:
            if row.role == role:
                return row
        given = Membership.objects.create(organisation=organisation, person=person, role=role, since=clock.now())
        _tell("given", organisation, person, role, by)
        if organisation.kind != "host":
            for row in held:
                _end(organisation, row, by, told=False)
        rewrite_entries(organisation, person)
    forget_roles_held(person)
    return given


def end_role(
    *, organisation: Organisation, person: Person, role: str | None = None, by: Person | None = None
) -> list[str]:
    """End one role of a person, or all of them; return which ended (``LastReferent``). Repeatable."""
    with transaction.atomic():
        rows = [row for row in _locked_roles(organisation, person) if role in (None, row.role)]
        for row in rows:
            _end(organisation, row, by, told=True)
        if rows:
            follow_roles(organisation, person)
    forget_roles_held(person)
    return [row.role for row in rows]


def remove_person(*, organisation: Organisation, person: Person, by: Person | None) -> None:
    """End every role of a person and tell them by mail (``NotOneOfThem``, ``LastReferent``).

    Invitations they sent and nobody accepted are withdrawn, unless they leave by themselves.
    """
    with transaction.atomic():
        if not end_role(organisation=organisation, person=person, by=by):
            raise NotOneOfThem
        if by is None or by.pk != person.pk:
            _withdraw_sent_by(organisation, person, by)
            mailing.send(
                name="organisations/removed",
                to=person.email,
                to_name=person.name,
                language=person.language,
                context={"name": person.name, "organisation": organisation.name},
            )


def _withdraw_sent_by(organisation: Organisation, person: Person, by: Person | None) -> None:
    # Who is removed must not come back by a link they had sent, to themselves perhaps.
    for invitation in Invitation.objects.select_for_update().filter(
        organisation=organisation, invited_by=person, accepted_at=None, withdrawn_at=None
    ):
        invitation.withdrawn_at = clock.now()
        invitation.save(update_fields=["withdrawn_at"])
        history.record(
            what="organisations.invitation_withdrawn",
            about=("invitation", invitation.public_id, invitation.email),
            organisation_id=organisation.public_id,
            actor=by,
            name=invitation.name,
            role=invitation.role,
        )


def name_successor(*, organisation: Organisation, successor: Person, by: Person) -> None:
    """Hand over: a person of the organisation becomes referent, and who hands over becomes a member."""
    leading = leading_role(organisation.kind)
    with transaction.atomic():
        if not _locked_roles(organisation, successor).exists():
            raise NotOneOfThem(field="successor")
        give_role(organisation=organisation, person=successor, role=leading, by=by)
        if organisation.kind != "host" and by.pk != successor.pk:
            give_role(organisation=organisation, person=by, role="member", by=by)


def check_fits(*, organisation: Organisation, role: str) -> None:
    """Refuse a role that does not exist in this kind of organisation (``RoleDoesNotFit``)."""
    if role not in roles_for(organisation.kind):
        raise RoleDoesNotFit(field="role")


def _locked_roles(organisation: Organisation, person: Person) -> QuerySet[Membership]:
    # The organisation's row is the lock: two referents must not remove one another at the same moment.
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    return Membership.objects.select_related("person").filter(organisation=organisation, person=person, ended_at=None)


def _end(organisation: Organisation, row: Membership, by: Person | None, *, told: bool) -> None:
    leading = leading_role(organisation.kind)
    if row.role == leading and not _others(organisation, row).exists():
        raise LastReferent
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    if told:
        _tell("ended", organisation, row.person, row.role, by)
    else:
        _announce("ended", organisation, row.person, row.role)


def _others(organisation: Organisation, row: Membership) -> QuerySet[Membership]:
    others = Membership.objects.filter(organisation=organisation, role=row.role, ended_at=None, person__is_active=True)
    return others.exclude(pk=row.pk)


def _tell(what: str, organisation: Organisation, person: Person, role: str, by: Person | None) -> None:
    history.record(
        what=f"organisations.role_{what}.{role}",
        about=("person", person.public_id, person.name),
        organisation_id=organisation.public_id,
        actor=by,
        organisation=organisation.name,
    )
    _announce(what, organisation, person, role)


def _announce(what: str, organisation: Organisation, person: Person, role: str) -> None:
    fact = RoleGiven if what == "given" else RoleEnded
    outbox.announce(fact(organisation_id=organisation.public_id, person_id=person.public_id, role=role))
