# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles that end by themselves on a day that was planned: a mandate, an internship, a stand-in."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid
from archipel.mailing import operations as mailing
from archipel.organisations.models import Membership, Organisation
from archipel.organisations.operations.roles import LastReferent, NotOneOfThem, end_role, give_role


class EndInThePast(Invalid):
    """A role is planned to end on a day to come; to end it now is another act."""

    code = "end_in_the_past"
    message = _("This day is over: choose today or a later one, or end the role now.")


def change_role(
    *, organisation: Organisation, person: Person, role: str, last_day: date | None = None, by: Person | None
) -> Membership:
    """Give a role and say until when (None: until further notice). Refusals of ``give_role`` and ``plan_role_end``."""
    with transaction.atomic():
        give_role(organisation=organisation, person=person, role=role, by=by)
        return plan_role_end(organisation=organisation, person=person, role=role, last_day=last_day, by=by)


def plan_role_end(
    *, organisation: Organisation, person: Person, role: str, last_day: date | None, by: Person | None
) -> Membership:
    """Say on which day a role is held for the last time (``EndInThePast``, ``NotOneOfThem``). Repeatable."""
    if last_day is not None and last_day < clock.today():
        raise EndInThePast(field="last_day")
    with transaction.atomic():
        rows = Membership.objects.select_for_update(of=("self",)).filter(
            organisation=organisation, person=person, role=role, ended_at=None
        )
        row = rows.first()
        if row is None:
            raise NotOneOfThem(field="role")
        if row.last_day == last_day:
            return row
        row.last_day = last_day
        row.save(update_fields=["last_day"])
        history.record(
            what="organisations.role_end_planned" if last_day else "organisations.role_end_dropped",
            about=("person", person.public_id, person.name),
            organisation_id=organisation.public_id,
            actor=by,
            last_day=last_day.isoformat() if last_day else "",
        )
    return row


def end_due_roles() -> int:
    """End the roles whose last day is over, tell who no longer belongs, and return how many ended. Repeatable.

    Whoever leads alone keeps the role, and is a line on Today until a successor is named.
    """
    due = Membership.objects.select_related("organisation", "person").filter(
        ended_at=None, last_day__lt=clock.today(), organisation__merged_into=None
    )
    return sum(_end_due(row) for row in due.order_by("last_day", "pk"))


def _end_due(row: Membership) -> int:
    try:
        with transaction.atomic():
            ended = end_role(organisation=row.organisation, person=row.person, role=row.role)
            if ended and not _belongs(row):
                mailing.send(
                    name="organisations/removed",
                    to=row.person.email,
                    to_name=row.person.name,
                    language=row.person.language,
                    context={"name": row.person.name, "organisation": row.organisation.name},
                )
    except LastReferent:
        return 0
    return len(ended)


def _belongs(row: Membership) -> bool:
    return Membership.objects.filter(organisation=row.organisation, person=row.person, ended_at=None).exists()
