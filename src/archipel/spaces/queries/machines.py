# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which spaces live on which machine (setting ``SPACES_ON_MACHINES``, a port of ``machines``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from archipel.machines.ports import Load, SpaceThere
from archipel.spaces.models import Space
from archipel.spaces.wiring import connector_named


class SpacesHere:
    """What ``machines`` asks. A space that is deleted lives nowhere; one whose machine is not said runs anywhere.

    One that is being moved takes its room on both machines until that has ended.
    """

    def loads(self) -> Mapping[str, Load]:
        """Return what is taken on each machine: one question whatever the number of spaces."""
        rows = Space.objects.exclude(state="deleted").exclude(machine=None, going_to=None)
        counted = rows.values_list("machine__public_id", "going_to__public_id", "connector").annotate(Count("pk"))
        found: dict[str, Load] = {}
        for here, there, connector, count in counted.order_by():
            for machine in filter(None, (here, there)):
                before = found.get(machine, Load())
                found[machine] = Load(before.spaces + count, before.memory + count * memory_of(connector))
        return found

    def on(self, machine_id: str, *, limit: int) -> Sequence[SpaceThere]:
        """Return the spaces of one machine, by title."""
        there = Q(machine__public_id=machine_id) | Q(going_to__public_id=machine_id)
        rows = Space.objects.exclude(state="deleted").filter(there)
        return [
            SpaceThere(
                space_id=space.public_id,
                title=space.title,
                organisation=space.organisation.name,
                url=f"/desk/spaces/{space.public_id}/",
                memory=memory_of(space.connector),
                usage=space.usage_bytes,
            )
            for space in rows.select_related("organisation").order_by("title", "pk")[:limit]
        ]

    def spaces_url(self, machine_id: str) -> str:
        """Return the page where the spaces of a machine are moved, or opened elsewhere when it is lost."""
        return reverse("desk-machine-spaces", args=[machine_id])


def memory_of(connector: str) -> int:
    """Return how many bytes of memory a space of a connector reserves; 0 for what runs in no container of its own."""
    if connector not in settings.SPACE_CONNECTORS:
        return 0
    memory = getattr(connector_named(connector), "memory", None)
    return int(memory()) if memory else 0
