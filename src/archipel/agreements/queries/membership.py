# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from archipel.agreements.models import Line
from archipel.kernel import clock
from archipel.organisations.models import Organisation


def is_member(organisation: Organisation, on: date | None = None) -> bool:
    """Return whether an organisation is a member of the host on a day: declared so (last day included), or by agreement."""
    day = on or clock.today()
    return _declared(organisation, day) or organisation.pk in _by_agreement([organisation], day)


def members_among(organisations: Iterable[Organisation], on: date | None = None) -> set[int]:
    """Return the primary keys of the members among several organisations, with one query."""
    day, asked = on or clock.today(), list(organisations)
    return {row.pk for row in asked if _declared(row, day)} | _by_agreement(asked, day)


def _declared(organisation: Organisation, day: date) -> bool:
    since, until = organisation.member_since, organisation.member_until
    return since is not None and since <= day and (until is None or day <= until)


def _by_agreement(organisations: list[Organisation], day: date) -> set[int]:
    rows = Line.objects.filter(
        Q(agreement__ends_on=None) | Q(agreement__ends_on__gt=day),
        kind="membership",
        agreement__organisation__in=organisations,
        agreement__state__in=["agreed", "ended"],
        agreement__starts_on__lte=day,
    )
    return set(rows.values_list("agreement__organisation_id", flat=True))
