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
from archipel.spaces.models import (
    Closing,
    Domain,
    Export,
    Hold,
    Publication,
    Report,
    Restoration,
    Space,
    SpaceRole,
    Upgrade,
    UpgradeRound,
)
from archipel.spaces.operations.entries import rewrite_entries_of


def move_organisation(kept: Organisation, absorbed: Organisation) -> None:
    """Give the spaces of one organisation to another: those of both enter them from now on."""
    mine = Space.objects.select_for_update(of=("self",)).filter(organisation=absorbed, client__isnull=False)
    keys = list(mine.order_by("pk").values_list("pk", flat=True))
    Space.objects.filter(organisation=absorbed).update(organisation=kept)
    for space in Space.objects.select_related("organisation").filter(pk__in=keys).order_by("pk"):
        rewrite_entries_of(space=space)


def preview_organisation(_kept: Organisation, absorbed: Organisation) -> MergeLines:
    """Say how many spaces would move."""
    count = Space.objects.filter(organisation=absorbed).exclude(state="deleted").count()
    lines = MergeLines()
    if count:
        lines.moves.append(ngettext("%d space moves.", "%d spaces move.", count) % count)
    return lines


def move_person(kept: Person, absorbed: Person) -> None:
    """Give what a person did to another. A deletion that both confirmed keeps the two rows: two is what it proves."""
    _move_own_roles(kept, absorbed)
    Publication.objects.filter(person=absorbed).update(person=kept)
    Hold.objects.filter(placed_by=absorbed).update(placed_by=kept)
    Hold.objects.filter(lifted_by=absorbed).update(lifted_by=kept)
    Export.objects.filter(asked_by=absorbed).update(asked_by=kept)
    Report.objects.filter(decided_by=absorbed).update(decided_by=kept)
    Domain.objects.filter(added_by=absorbed).update(added_by=kept)
    Closing.objects.filter(asked_by=absorbed).update(asked_by=kept)
    Upgrade.objects.filter(asked_by=absorbed).update(asked_by=kept)
    UpgradeRound.objects.filter(asked_by=absorbed).update(asked_by=kept)
    Restoration.objects.filter(asked_by=absorbed).update(asked_by=kept)
    both = Q(first_confirmed_by=kept, second_confirmed_by=absorbed) | Q(
        first_confirmed_by=absorbed, second_confirmed_by=kept
    )
    others = Closing.objects.exclude(pk__in=list(Closing.objects.filter(both).values_list("pk", flat=True)))
    others.filter(first_confirmed_by=absorbed).update(first_confirmed_by=kept)
    others.filter(second_confirmed_by=absorbed).update(second_confirmed_by=kept)


def _move_own_roles(kept: Person, absorbed: Person) -> None:
    """Let what one was set to enter a space with follow, unless the other has their own there; entries follow."""
    theirs = SpaceRole.objects.filter(person=absorbed)
    keys = list(theirs.values_list("space_id", flat=True))
    theirs.filter(space__own_roles__person=kept).delete()
    SpaceRole.objects.filter(person=absorbed).update(person=kept)
    spaces = Space.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk__in=keys)
    for space in spaces.order_by("pk"):
        rewrite_entries_of(space=space)


organisations.register("spaces", move_organisation, preview_organisation)
persons.register("spaces", move_person)
