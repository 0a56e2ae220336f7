# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may enter: what the application is told when roles change."""

from __future__ import annotations

from django_tasks import task

from archipel.outbox import operations as outbox
from archipel.spaces.audience import people_of
from archipel.spaces.models import Space
from archipel.spaces.wiring import connector_of


def push_people_of(*, space: Space) -> int:
    """Tell the application who may enter a space now, and return how many. Repeatable; calls outside."""
    people = people_of(space.organisation)
    connector_of(space).set_people(space.public_id, people)
    return len(people)


@task()
def push_people(*, space_id: str) -> None:
    space = Space.objects.select_related("organisation").get(public_id=space_id)
    if space.state in {"open", "closing"}:
        push_people_of(space=space)


def people_changed(*, organisation_id: str) -> int:
    """Have every space of an organisation told who may enter, and return how many are."""
    spaces = Space.objects.filter(organisation__public_id=organisation_id, state__in=["open", "closing"])
    ids = list(spaces.exclude(connector="").values_list("public_id", flat=True))
    for space_id in ids:
        outbox.enqueue_once(task=push_people, key=f"spaces.people:{space_id}", kwargs={"space_id": space_id})
    return len(ids)
