# SPDX-License-Identifier: AGPL-3.0-or-later
"""What applications learn of a person's organisations (settings ``CLAIMS_OF_PERSON``, ``WHO_GIVES_ENTRY``).

Only organisations that the person enters the application through are told: what else they belong to is not its business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archipel.identity.models import Client, Person
from archipel.identity.ports import EntrySeen, WhoToAsk
from archipel.organisations.entering import THROUGH
from archipel.organisations.models import Kind, Membership, Organisation, Role


def organisations_entered(person: Person, entries: Sequence[EntrySeen]) -> list[dict[str, Any]]:  # noqa: ARG001
    """Return id, name and roles of each organisation the person enters through, by name; a person alone has no name."""
    roles = _roles(entries)
    rows = Organisation.objects.filter(public_id__in=roles, merged_into=None).exclude(kind=Kind.INDIVIDUAL)
    return [{"id": row.public_id, "name": row.name, "roles": roles[row.public_id]} for row in rows.order_by("name")]


def groups_entered(person: Person, entries: Sequence[EntrySeen]) -> list[str]:
    """Return a group for each such organisation, and one for each role in it: ``<id>``, ``<id>:<role>``.

    Ids stay when an organisation changes its name: an application keeps the files of the group.
    """
    told = organisations_entered(person, entries)
    return sorted({name for row in told for name in (row["id"], *(f"{row['id']}:{role}" for role in row["roles"]))})


def who_gives_entry(person: Person, client: Client) -> list[WhoToAsk]:  # noqa: ARG001
    """Return the referents of the person's organisations, themselves left out, by organisation and name."""
    own = Membership.objects.filter(person=person, ended_at=None, organisation__merged_into=None)
    rows = Membership.objects.select_related("organisation", "person").filter(
        organisation__in=own.values("organisation"), role=Role.REFERENT, ended_at=None, person__is_active=True
    )
    found = rows.exclude(person=person).order_by("organisation__name", "person__name")
    return [WhoToAsk(row.person.name, row.organisation.name) for row in found]


def _roles(entries: Sequence[EntrySeen]) -> dict[str, list[str]]:
    return {
        entry.through.removeprefix(THROUGH): list(entry.roles) for entry in entries if entry.through.startswith(THROUGH)
    }
