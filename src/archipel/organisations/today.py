# SPDX-License-Identifier: AGPL-3.0-or-later
"""What needs the host about the people of organisations: nobody who can act, or roles that are over and stay."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.today import TodayLine
from archipel.organisations import resets
from archipel.organisations.models import Invitation, Kind, Membership, Organisation, Role


def lines(limit: int | None) -> list[TodayLine]:
    """Return at most so many lines of each kind, oldest first."""
    return [*_expired_invitations(limit), *_without_referent(limit), *_overdue_roles(limit)]


def _overdue_roles(limit: int | None) -> list[TodayLine]:
    """Roles whose last day is over and that stay, for nobody else leads."""
    rows = (
        Membership.objects.filter(ended_at=None)
        .select_related("organisation", "person")
        .filter(last_day__lt=clock.today() - timedelta(days=1), organisation__merged_into=None)
    )
    return [
        TodayLine(
            since=clock.end_of_day(row.last_day or clock.today()),
            kind="referent",
            badge=_("Role over"),
            title=row.organisation.name,
            detail=_("The role of %(name)s was to end, and nobody else leads: a successor must be named.")
            % {"name": row.person.name},
            act=_("See the people"),
            url=reverse("organisation-people", args=[row.organisation.public_id]),
            verb="people",
            tone="care",
            public_id=row.organisation.public_id,
        )
        for row in rows.order_by("last_day", "pk")[:limit]
    ]


def _without_referent(limit: int | None) -> list[TodayLine]:
    """Organisations whose last referent left, and where nobody is invited to lead.

    Whoever is forgotten or merged holds no role any more, and few accounts are closed: persons need not be read. Two lists of ids rather than a
    question about each organisation: Today must not slow down as a host grows.
    """
    closed = Person.objects.filter(closed_at__isnull=False)
    led = Membership.objects.filter(role__in=resets.LEADING, ended_at=None).exclude(person__in=closed)
    ended = Membership.objects.filter(role__in=resets.LEADING, organisation=OuterRef("pk"), ended_at__isnull=False)
    left = ended.order_by("-ended_at")
    invited = Invitation.objects.filter(accepted_at=None, withdrawn_at=None).filter(role__in=resets.LEADING)
    rows = (
        Organisation.objects.filter(merged_into=None)
        .exclude(pk__in=led.values("organisation"))
        .exclude(pk__in=invited.values("organisation"))
        # Without an administrator of the host nobody could act on the line; a person alone is their own referent.
        .exclude(kind__in=[Kind.INDIVIDUAL, Kind.HOST])
        .annotate(since=Coalesce(Subquery(left.values("ended_at")[:1]), "created_at"))
    )
    return [
        TodayLine(
            since=row.since,
            kind="referent",
            badge=_("No referent"),
            title=row.name,
            detail=_("Nobody can act for this organisation any more."),
            act=_("Invite a referent"),
            url=reverse("organisation-people", args=[row.public_id]),
            verb="people",
            tone="care",
            public_id=row.public_id,
        )
        for row in rows.order_by("since", "pk")[:limit]
    ]


def _expired_invitations(limit: int | None) -> list[TodayLine]:
    """Referents whose invitation has expired: nobody can act for their organisation yet."""
    rows = (
        Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
        .select_related("organisation")
        .filter(
            role__in=[Role.REFERENT, Role.ADMINISTRATOR], expires_at__lte=clock.now(), organisation__merged_into=None
        )
    )
    return [
        TodayLine(
            since=row.expires_at,
            kind="invitation",
            badge=_("Invitation expired"),
            title=row.organisation.name,
            detail=_("%(email)s never accepted the invitation: %(role)s.")
            % {"email": row.email, "role": row.get_role_display()},
            act=_("Send it again"),
            url=reverse("desk-organisation", args=[row.organisation.public_id]),
            verb="people",
            tone="care",
            public_id=row.public_id,
        )
        for row in rows.order_by("expires_at")[:limit]
    ]
