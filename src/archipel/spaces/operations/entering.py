# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may enter: what the application is told when roles change."""

from __future__ import annotations

from collections.abc import Sequence

from django_tasks import task

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces.audience import people_in
from archipel.spaces.models import Space
from archipel.spaces.wiring import connector_of


def push_people_of(*, space: Space) -> list[str]:
    """Tell the application who may enter a space now, and return them (id and role). Repeatable; calls outside."""
    people = people_in(space)
    connector_of(space).set_people(space.public_id, people)
    return [f"{who.person_id} {who.role}" for who in people]


@task()
def push_people(*, space_id: str) -> None:
    space = Space.objects.select_related("organisation").get(public_id=space_id)
    if space.state in {"open", "closing"}:
        push_people_of(space=space)


def push_people_if_changed(*, space: Space, known: Sequence[str] | None) -> list[str]:
    """Tell the application who may enter, when it knows something else. Repeatable; calls outside."""
    now = [f"{who.person_id} {who.role}" for who in people_in(space)]
    return now if now == known else push_people_of(space=space)


def people_changed(*, organisation_id: str) -> int:
    """Tell every space of an organisation who may enter, and return how many were told. Repeatable; calls outside.

    A space that fails does not keep the others from hearing; its failure is raised at the end.
    """
    spaces = Space.objects.filter(organisation__public_id=organisation_id, state__in=["open", "closing"])
    told, failure = 0, None
    for space in spaces.exclude(connector="").select_related("organisation"):
        try:
            push_people_of(space=space)
            told += 1
        except (TryLater, RefusedOutside) as error:
            failure = error
    if failure:
        raise failure
    return told
