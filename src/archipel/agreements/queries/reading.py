# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.agreements.models import Agreement
from archipel.catalogue import queries as catalogue
from archipel.identity.models import Person
from archipel.kernel.money import Money, total
from archipel.kernel.today import ExpectedLine
from archipel.organisations.access import person_may, roles_held
from archipel.organisations.models import Organisation


def yearly_total(agreement: Agreement) -> Money:
    """Return what an agreement costs a year, all lines together."""
    return total([Money(line.cents) for line in agreement.lines.all()])


def of_organisation(organisation: Organisation) -> list[Agreement]:
    """Return the agreements of an organisation, newest first, their lines read."""
    rows = Agreement.objects.filter(organisation=organisation).exclude(state="withdrawn")
    return list(rows.select_related("service", "terms").prefetch_related("lines").order_by("-proposed_at"))


def of_subject(kind: str, public_id: str) -> Agreement | None:
    """Return the live agreement about something, None when there is none."""
    rows = Agreement.objects.filter(about_kind=kind, about_id=public_id, state__in=["proposed", "agreed"])
    return rows.select_related("service", "organisation", "terms").first()


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return the proposals that wait for a person: named referent, or one who may agree for the organisation."""
    where = [key for key, roles in roles_held(person).by_organisation.items() if "referent" in roles]
    mine = Q(referent_email=person.email.lower()) | Q(organisation__in=where)
    found = Agreement.objects.filter(mine, state="proposed").select_related("service", "organisation")
    rows = list(found.order_by("proposed_at", "pk"))
    names = catalogue.service_names([row.service for row in rows])
    return [
        ExpectedLine(
            since=row.proposed_at,
            title=_("Read and agree: %(service)s") % {"service": names[row.service_id]},
            detail=row.organisation.name,
            act=_("Read the agreement"),
            url=reverse("agreement-by-id", args=[row.public_id]),
        )
        for row in rows
        if person_may(person, row.organisation, "agree")
    ]
