# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who of an organisation enters one of its spaces, as its people read it."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.identity.models import Person
from archipel.organisations.models import Membership, Role
from archipel.organisations.queries import people_of as memberships_of
from archipel.spaces.audience import own_roles_in, people_of, roles_known
from archipel.spaces.models import Space
from archipel.spaces.roles import choices_of, role_words


@dataclass(frozen=True)
class EntrantLine:
    """One person: ``role`` and ``words`` what they enter with (empty: not at all), ``usual`` what follows, ``own`` what is set."""

    person: Person
    in_organisation: str
    role: str
    words: str
    usual: str
    own: str | None


def roles_of(space: Space) -> list[tuple[str, str]]:
    """Return the roles a space knows, as (role, words)."""
    return choices_of(roles_known(space))


def entrants_of(space: Space) -> list[EntrantLine]:
    """Return everybody of the organisation, leading ones first, with what each enters a space with: four queries."""
    people: dict[int, list[Membership]] = {}
    for row in memberships_of(space.organisation):
        people.setdefault(row.person_id, []).append(row)
    usual = {who.person_id: who.role for who in people_of(space.organisation)}
    own, known = own_roles_in(space), roles_known(space)
    return [_line(rows, usual, own, known) for rows in people.values()]


def entrant_of(space: Space, person: Person) -> EntrantLine:
    """Return one of them."""
    return next(line for line in entrants_of(space) if line.person.pk == person.pk)


def _line(rows: list[Membership], usual: dict[str, str], own: dict[str, str], known: dict[str, str]) -> EntrantLine:
    person = rows[0].person
    follows = usual.get(person.public_id, "")
    role = own.get(person.public_id, follows) if follows else ""
    return EntrantLine(
        person=person,
        in_organisation=", ".join(str(Role(row.role).label) for row in rows),
        role=role,
        words=role_words(known, role) if role else "",
        usual=role_words(known, follows) if follows else "",
        own=own.get(person.public_id),
    )
