# SPDX-License-Identifier: AGPL-3.0-or-later
"""Resets of a lost second factor, as those read them who ask, confirm or cancel; and whose turn it is."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.identity.models import Person
from archipel.kernel.refusals import NotFound
from archipel.kernel.today import ExpectedLine, TodayLine
from archipel.organisations.models import Kind, Membership, Organisation, Role, SecondFactorReset
from archipel.organisations.states import UNDER_WAY

LEADING = (Role.REFERENT, Role.ADMINISTRATOR)
_signer = Signer(salt="archipel.organisations.reset", sep=".")


def cancel_token(reset: SecondFactorReset) -> str:
    """Return the secret part of the link that cancels: signed, so that each mail may carry it and nothing is stored."""
    return _signer.sign(reset.public_id)


def reset_of_link(token: str) -> SecondFactorReset:
    """Return the reset a link was made for (``NotFound`` when it was not made here)."""
    try:
        public_id = _signer.unsign(token)
    except BadSignature as error:
        raise NotFound from error
    found = _whole().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def under_way(organisation: Organisation, person: Person) -> SecondFactorReset | None:
    """Return the reset that is asked or announced for a person in an organisation."""
    return living_resets().filter(organisation=organisation, person=person, state__in=UNDER_WAY).first()


def leads(person: Person, organisation: Organisation) -> bool:
    """Return whether a person acts for an organisation now, by a role in it."""
    return _leading().filter(organisation=organisation, person=person).exists()


def led_by_another(organisation: Organisation, *but: Person) -> bool:
    """Return whether somebody who may sign in acts for an organisation, besides these."""
    return _leading().filter(organisation=organisation).exclude(person__in=but).exists()


def needs_the_host(reset: SecondFactorReset) -> bool:
    """Return whether no second referent may confirm: there is none, or the person acts for somebody else as well."""
    return _of_the_host().filter(pk=reset.pk).exists()


def today_lines(limit: int | None = None) -> list[TodayLine]:
    """Return the resets that wait for a call of the host."""
    rows = living_resets().filter(pk__in=_of_the_host(), state="asked").order_by("asked_at")
    return [
        TodayLine(
            since=row.asked_at,
            kind="second_factor",
            badge=_("Second factor lost"),
            title=row.person.name,
            detail=_("%(by)s asks to reset it, at %(organisation)s. Call the person first.")
            % {"by": row.asked_by.name if row.asked_by else _("Somebody"), "organisation": row.organisation.name},
            act=_("Call"),
            url=reverse("desk-reset", args=[row.public_id]),
            verb="people",
            tone="care",
            public_id=row.public_id,
        )
        for row in rows[:limit]
    ]


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return the resets a person may confirm as the second referent, and the one that is about themselves."""
    led = _leading().filter(person=person).values("organisation_id")
    mine = Q(organisation__in=led, state="asked") & ~Q(pk__in=_of_the_host()) & ~Q(asked_by=person) & ~Q(person=person)
    rows = living_resets().filter(mine | Q(person=person, state__in=UNDER_WAY)).order_by("asked_at")
    return [_own_line(row) if row.person_id == person.pk else _line_to_confirm(row) for row in rows]


def living_resets() -> QuerySet[SecondFactorReset]:
    """Return the resets of people who still belong to the organisation that asks; the others lapse."""
    belonging = Membership.objects.filter(organisation=OuterRef("organisation"), person=OuterRef("person"))
    return _whole().filter(Exists(belonging.filter(ended_at=None)), person__is_active=True)


def _line_to_confirm(row: SecondFactorReset) -> ExpectedLine:
    values = {"by": row.asked_by.name if row.asked_by else _("Somebody"), "name": row.person.name}
    return ExpectedLine(
        since=row.asked_at,
        title=_("%(name)s lost their second factor") % values,
        detail=_("%(by)s asks to reset it; a second referent confirms. Speak with %(name)s first.") % values,
        act=_("See and decide"),
        url=reverse("organisation-reset", args=[row.organisation.public_id, row.public_id]),
    )


def _own_line(row: SecondFactorReset) -> ExpectedLine:
    return ExpectedLine(
        since=row.asked_at,
        title=_("Somebody asks to reset your second factor"),
        detail=_("At %(organisation)s. If this is not your wish, cancel it.") % {"organisation": row.organisation.name},
        act=_("See and cancel"),
        url=reverse("reset-cancel", args=[cancel_token(row)]),
    )


def _whole() -> QuerySet[SecondFactorReset]:
    return SecondFactorReset.objects.select_related("organisation", "person", "asked_by", "confirmed_by")


def _leading() -> QuerySet[Membership]:
    return Membership.objects.filter(role__in=LEADING, ended_at=None, person__is_active=True)


def _of_the_host() -> QuerySet[SecondFactorReset]:
    """Resets that no second referent may confirm."""
    second = _leading().filter(organisation=OuterRef("organisation"))
    second = second.exclude(person=OuterRef("person")).exclude(person=OuterRef("asked_by"))
    elsewhere = Membership.objects.filter(person=OuterRef("person"), ended_at=None, role=Role.REFERENT)
    elsewhere = elsewhere.exclude(organisation=OuterRef("organisation")).exclude(organisation__kind=Kind.INDIVIDUAL)
    return _whole().filter(~Exists(second) | Exists(elsewhere))
