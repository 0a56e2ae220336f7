# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

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
from archipel.organisations.models import Access, Invitation, Membership, Organisation
from archipel.organisations.rights import leading_role, roles_for
from archipel.organisations.wiring import entries_follow
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


@dataclass(frozen=True)
class FirstRole:
    """A role for somebody who may hold none there yet; ``since`` counts where it lies before today."""

    organisation: Organisation
    person: Person
    role: str
    since: datetime | None = None
    last_day: date | None = None


def give_first_roles(*, roles: Sequence[FirstRole]) -> list[Membership | None]:
    """Give roles to people who hold none in the organisation, many at a time (``RoleDoesNotFit``); nobody's is replaced.

    Returns the roles in order, None for somebody who holds one there already, or was given one further up.
    """
    for one in roles:
        check_fits(organisation=one.organisation, role=one.role)
    with transaction.atomic():
        places = {one.organisation.pk for one in roles}
        list(Organisation.objects.select_for_update().filter(pk__in=places).order_by("pk").values_list("pk"))
        people = {one.person.pk for one in roles}
        held = Membership.objects.filter(organisation__in=places, person__in=people, ended_at=None)
        taken = set(held.values_list("organisation_id", "person_id"))
        given: list[Membership | None] = [_first(one, taken) for one in roles]
        rows = [row for row in given if row is not None]
        Membership.objects.bulk_create(rows)
        _tell_all(rows)
        _let_in(rows)
    for row in rows:
        forget_roles_held(row.person)
    return given


def _first(one: FirstRole, taken: set[tuple[int, int]]) -> Membership | None:
    place = (one.organisation.pk, one.person.pk)
    if place in taken:
        return None
    taken.add(place)
    now = clock.now()
    since = min(one.since or now, now)
    return Membership(
        organisation=one.organisation, person=one.person, role=one.role, since=since, last_day=one.last_day
    )


def _tell_all(rows: Sequence[Membership]) -> None:
    history.record_all(
        what=[f"organisations.role_given.{row.role}" for row in rows],
        about=[("person", row.person.public_id, row.person.name) for row in rows],
        organisation_ids=[row.organisation.public_id for row in rows],
        details=[{"organisation": row.organisation.name} for row in rows],
    )
    outbox.announce_all(
        several=[
            RoleGiven(organisation_id=row.organisation.public_id, person_id=row.person.public_id, role=row.role)
            for row in rows
        ]
    )


def _let_in(rows: Sequence[Membership]) -> None:
    """Write the entries of people who held no role before: one by one only where their organisation enters something."""
    places = {row.organisation_id: row.organisation for row in rows}
    entering = set(
        Access.objects.filter(organisation__in=places, closed_at=None).values_list("organisation_id", flat=True)
    )
    for row in rows:
        if row.organisation_id in entering:
            rewrite_entries(row.organisation, row.person)
    # What the apps above opened for an organisation is entered by all its people: once for each that has newcomers.
    for key, organisation in sorted(places.items()):
        if key not in entering:
            entries_follow(organisation, None, left=False)


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
