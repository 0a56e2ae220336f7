# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.identity.searching import Found, by_words, search
from archipel.kernel import clock
from archipel.kernel.today import ExpectedLine, TodayLine
from archipel.organisations.models import Invitation, Kind, Membership, Organisation, OrganisationWord, Role

_BY_WEIGHT = Case(
    *[When(role=role, then=Value(place)) for place, role in enumerate(Role.values)],
    default=Value(99),
    output_field=IntegerField(),
)


def organisation_by_public_id(public_id: str) -> Organisation | None:
    """Return an organisation, the kept one when it was merged; only for code that shows it to nobody."""
    organisation = Organisation.objects.select_related("merged_into").filter(public_id=public_id).first()
    while organisation is not None and organisation.merged_into is not None:
        organisation = organisation.merged_into
    return organisation


def host_organisation() -> Organisation | None:
    """Return the organisation that the host itself is; None before the set-up."""
    return Organisation.objects.filter(kind=Kind.HOST).first()


def roles_of(person: Person) -> list[Membership]:
    """Return the present roles of a person with their organisation, by its name."""
    return list(_present().select_related("organisation").filter(person=person).order_by("organisation__name", "pk"))


def people_of(organisation: Organisation) -> list[Membership]:
    """Return the present roles in an organisation with their person, leading ones first, then by name."""
    rows = _present().select_related("person").filter(organisation=organisation)
    return list(rows.annotate(weight=_BY_WEIGHT).order_by("weight", "person__name", "pk"))


def referents_of(organisation: Organisation) -> list[Person]:
    """Return the people who act for an organisation, the first named first."""
    rows = _present().select_related("person").filter(organisation=organisation, role=Role.REFERENT)
    return [row.person for row in rows.order_by("since", "pk")]


def host_people(*roles: str) -> list[Person]:
    """Return the people of the host who hold one of these roles (any, when none is named), each once, by name."""
    rows = Person.objects.filter(role__organisation__kind=Kind.HOST, role__ended_at=None, is_active=True)
    if roles:
        rows = rows.filter(role__role__in=roles, role__organisation__kind=Kind.HOST, role__ended_at=None)
    return list(rows.distinct().order_by("name", "pk"))


def organisations_by_number(*, rna: str = "", siren: str = "") -> list[Organisation]:
    """Return the organisations that carry one of these numbers."""
    living = Organisation.objects.filter(merged_into=None)
    found = {row.pk: row for row in living.filter(rna=rna)} if rna else {}
    if siren:
        found |= {row.pk: row for row in living.filter(siren=siren)}
    return list(found.values())


@dataclass(frozen=True)
class InvitationLine:
    """A pending invitation and whether its delay is over."""

    invitation: Invitation
    expired: bool


def pending_invitations(organisation: Organisation) -> list[InvitationLine]:
    """Return the invitations nobody accepted yet, expired ones included, latest first."""
    rows = _pending().select_related("invited_by").filter(organisation=organisation).order_by("-created_at")
    now = clock.now()
    return [InvitationLine(row, row.expires_at <= now) for row in rows]


def search_organisations(text: str = "", *, after: str = "", size: int = 25) -> Found[Organisation]:
    """Return organisations whose name, town, RNA or SIREN has every word typed, or a word that begins so, by name."""
    living = Organisation.objects.select_related("town").filter(merged_into=None)
    return search(living, text, after=after, size=size, keys_of_word=by_words(OrganisationWord, "organisation_id"))


def today_lines(limit: int | None = None) -> list[TodayLine]:
    """Return the referents whose invitation has expired: nobody can act for their organisation yet."""
    rows = (
        _pending()
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


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return the invitations waiting for a person."""
    rows = (
        _pending()
        .select_related("organisation", "invited_by")
        .filter(
            email__in=identity.confirmed_addresses_of(person),
            expires_at__gt=clock.now(),
            organisation__merged_into=None,
        )
    )
    return [
        ExpectedLine(
            since=row.created_at,
            title=_("%(name)s invites you") % {"name": row.organisation.name},
            detail=_("Your role there: %(role)s.") % {"role": row.get_role_display()},
            act=_("See the invitation"),
            url=reverse("invitation-of-mine", args=[row.public_id]),
        )
        for row in rows.order_by("created_at")
    ]


def _present() -> QuerySet[Membership]:
    return Membership.objects.filter(ended_at=None)


def _pending() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
