# SPDX-License-Identifier: AGPL-3.0-or-later
"""What moves here when two organisations, or two persons, turn out to be one."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import ngettext

from archipel.identity import merging as persons
from archipel.identity.merging import MergeLines
from archipel.identity.models import Person
from archipel.organisations import merging as organisations
from archipel.organisations.models import Organisation
from archipel.spaces.models import Closing, Domain, Export, Hold, Publication, Report, Space


def move_organisation(kept: Organisation, absorbed: Organisation) -> None:
    """Give the spaces of one organisation to another."""
    Space.objects.filter(organisation=absorbed).update(organisation=kept)


def preview_organisation(_kept: Organisation, absorbed: Organisation) -> MergeLines:
    """Say how many spaces would move."""
    count = Space.objects.filter(organisation=absorbed).exclude(state="deleted").count()
    lines = MergeLines()
    if count:
        lines.moves.append(ngettext("%d space moves.", "%d spaces move.", count) % count)
    return lines


def move_person(kept: Person, absorbed: Person) -> None:
    """Give what a person did to another. A deletion that both confirmed keeps the two rows: two is what it proves."""
    Publication.objects.filter(person=absorbed).update(person=kept)
    Hold.objects.filter(placed_by=absorbed).update(placed_by=kept)
    Hold.objects.filter(lifted_by=absorbed).update(lifted_by=kept)
    Export.objects.filter(asked_by=absorbed).update(asked_by=kept)
    Report.objects.filter(decided_by=absorbed).update(decided_by=kept)
    Domain.objects.filter(added_by=absorbed).update(added_by=kept)
    Closing.objects.filter(asked_by=absorbed).update(asked_by=kept)
    both = Q(first_confirmed_by=kept, second_confirmed_by=absorbed) | Q(
        first_confirmed_by=absorbed, second_confirmed_by=kept
    )
    others = Closing.objects.exclude(pk__in=list(Closing.objects.filter(both).values_list("pk", flat=True)))
    others.filter(first_confirmed_by=absorbed).update(first_confirmed_by=kept)
    others.filter(second_confirmed_by=absorbed).update(second_confirmed_by=kept)


organisations.register("spaces", move_organisation, preview_organisation)
persons.register("spaces", move_person)
