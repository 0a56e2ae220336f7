# SPDX-License-Identifier: AGPL-3.0-or-later
"""What moves when two organisations, or two persons, turn out to be one."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import ngettext

from archipel.admissions.models import Request
from archipel.identity import merging as persons
from archipel.identity.merging import MergeLines
from archipel.identity.models import Person
from archipel.organisations import merging as organisations
from archipel.organisations.models import Organisation


def move(kept: Organisation, absorbed: Organisation) -> None:
    Request.objects.filter(organisation=absorbed).update(organisation=kept)
    Request.objects.filter(same_as=absorbed).update(same_as=kept)


def preview(_kept: Organisation, absorbed: Organisation) -> MergeLines:
    return _moving(Request.objects.filter(Q(organisation=absorbed) | Q(same_as=absorbed)).count())


def move_person(kept: Person, absorbed: Person) -> None:
    Request.objects.filter(person=absorbed).update(person=kept)
    Request.objects.filter(decided_by=absorbed).update(decided_by=kept)


def preview_person(_kept: Person, absorbed: Person) -> MergeLines:
    return _moving(Request.objects.filter(person=absorbed).count())


def _moving(count: int) -> MergeLines:
    if not count:
        return MergeLines()
    return MergeLines(
        moves=[ngettext("%(count)d request moves.", "%(count)d requests move.", count) % {"count": count}]
    )


organisations.register("admissions", move, preview)
persons.register("admissions", move_person, preview_person)
