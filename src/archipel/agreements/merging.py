# SPDX-License-Identifier: AGPL-3.0-or-later
"""What moves when two organisations, or two persons, turn out to be one."""

from __future__ import annotations

from archipel.agreements.models import Agreement
from archipel.identity import merging as persons
from archipel.identity.models import Person
from archipel.organisations import merging as organisations
from archipel.organisations.models import Organisation


def move(kept: Organisation, absorbed: Organisation) -> None:
    """Give the agreements of one organisation to another: what was agreed goes on binding."""
    Agreement.objects.filter(organisation=absorbed).update(organisation=kept)


def move_person(kept: Person, absorbed: Person) -> None:
    Agreement.objects.filter(agreed_by=absorbed).update(agreed_by=kept)


organisations.register("agreements", move)
persons.register("agreements", move_person)
