# SPDX-License-Identifier: AGPL-3.0-or-later
"""What applications learn of the spaces a person enters them through, and who lets people in there.

Fills the settings ``CLAIMS_OF_PERSON`` and ``WHO_GIVES_ENTRY``.
"""

from __future__ import annotations

from collections.abc import Sequence

from archipel.identity.models import Client, Person
from archipel.identity.ports import EntrySeen, WhoToAsk
from archipel.organisations import claims as organisations
from archipel.organisations.models import Membership, Role
from archipel.spaces.models import Space

THROUGH = "space:"


def quota_entered(person: Person, entries: Sequence[EntrySeen]) -> int | None:  # noqa: ARG001
    """Return how many bytes the largest of these spaces may hold; None where none says a size."""
    ids = [entry.through.removeprefix(THROUGH) for entry in entries if entry.through.startswith(THROUGH)]
    sizes = Space.objects.filter(public_id__in=ids, state="open")
    return max((size for size in sizes.values_list("quota_bytes", flat=True) if size is not None), default=None)


def who_gives_entry(person: Person, client: Client) -> list[WhoToAsk]:
    """Return who could let a person in: for the application of a space, the referents of its organisation alone.

    Who does not belong there is told nobody: whose space it is, and who looks after it, is not theirs to know.
    """
    space = Space.objects.select_related("organisation").filter(client=client).first()
    if space is None:
        return organisations.who_gives_entry(person, client)
    roles = Membership.objects.filter(organisation=space.organisation, ended_at=None)
    if not roles.filter(person=person).exists():
        return []
    rows = roles.select_related("person").filter(role=Role.REFERENT, person__is_active=True).exclude(person=person)
    return [WhoToAsk(row.person.name, space.organisation.name) for row in rows.order_by("person__name", "pk")]
