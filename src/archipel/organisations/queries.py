# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import is_password_usable
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.identity.searching import Found, by_words, search
from archipel.kernel import clock
from archipel.kernel.today import ExpectedLine, TodayLine
from archipel.organisations import resets
from archipel.organisations.lists import Listed
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
    """Return the organisations nobody can act for, and the second factors that wait for a call of the host."""
    return [*_expired_invitations(limit), *_without_referent(limit), *resets.today_lines(limit)]


def _without_referent(limit: int | None) -> list[TodayLine]:
    """Organisations whose last referent left, closed their account or was forgotten, and where nobody is invited to lead."""
    leading = Membership.objects.filter(organisation=OuterRef("pk"), role__in=resets.LEADING)
    living = leading.filter(ended_at=None, person__is_active=True, person__forgotten_at=None)
    left = leading.filter(ended_at__isnull=False).order_by("-ended_at")
    invited = _pending().filter(organisation=OuterRef("pk"), role__in=resets.LEADING)
    rows = (
        Organisation.objects.filter(~Exists(living), ~Exists(invited), merged_into=None)
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
    """Return the invitations waiting for a person, and the resets of a second factor they may confirm or cancel."""
    return [*_invitations_of(person), *resets.expected_of(person)]


def _invitations_of(person: Person) -> list[ExpectedLine]:
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


def fates_of(organisation: Organisation, rows: Sequence[Listed]) -> dict[str, str]:
    """Return what inviting each address of a list would do: ``new``, ``again`` (another role, or expired), ``waiting`` or ``member``.

    Who never chose a passphrase counts as invited only: to them the link is the key.
    """
    addresses = [row.email for row in rows]
    members = _present().filter(
        organisation=organisation, person__emailaddress__email__in=addresses, person__emailaddress__verified=True
    )
    if organisation.kind == Kind.HOST:
        wanted = {row.email: row.role for row in rows}
        held = members.select_related("person").values_list("person__emailaddress__email", "role", "person__password")
        known = {email for email, role, secret in held if wanted.get(email) == role and is_password_usable(secret)}
    else:
        held = members.values_list("person__emailaddress__email", "role", "person__password")
        known = {email for email, _role, secret in held if is_password_usable(secret)}
    pending = {row.email: row for row in _pending().filter(organisation=organisation, email__in=addresses)}
    now, fates = clock.now(), {}
    for row in rows:
        sent = pending.get(row.email)
        if row.email in known:
            fates[row.email] = "member"
        elif sent is None:
            fates[row.email] = "new"
        else:
            fates[row.email] = "waiting" if sent.role == row.role and sent.expires_at > now else "again"
    return fates
