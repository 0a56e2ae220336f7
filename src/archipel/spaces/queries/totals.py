# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.db.models import Count

from archipel.catalogue.models import Service
from archipel.host import queries as host
from archipel.kernel.figures import Figure, counted
from archipel.kernel.refusals import NotFound
from archipel.procedures import queries as procedures
from archipel.procedures import states as procedure_states
from archipel.procedures.models import Procedure, Step
from archipel.spaces.models import Address, Closing, Restoration, Space
from archipel.spaces.states import SPACE

# Websites first: most spaces are.
OPENINGS = ("spaces.open_website", "spaces.open_container")


def by_public_id(public_id: str) -> Space:
    """Return a space (``NotFound``); who may see it is the caller's business."""
    space = Space.objects.select_related("organisation", "service").filter(public_id=public_id).first()
    if space is None:
        raise NotFound
    return space


def address_of(space_id: str) -> str:
    """Return the host name that a space holds, empty when it holds none."""
    return Address.objects.filter(space__public_id=space_id).values_list("name", flat=True).first() or ""


def of_request(request_id: str) -> Space | None:
    """Return the space that was opened for a request."""
    rows = Space.objects.select_related("organisation", "service", "address")
    return rows.filter(agreement__about_kind="request", agreement__about_id=request_id).first()


def opening_of(space: Space) -> Procedure | None:
    """Return the procedure that opens or opened a space."""
    found = (procedures.of("space", space.public_id, kind=kind) for kind in OPENINGS)
    return next((one for one in found if one is not None), None)


def is_under_way(space: Space) -> bool:
    """Return whether a procedure about a space is not finished, or a bundle is being put into it: two would write over each other."""
    rows = Procedure.objects.filter(about_kind="space", about_id=space.public_id, state__in=procedure_states.UNFINISHED)
    return rows.exists() or Restoration.objects.filter(space=space, state__in=["waiting", "running"]).exists()


def is_changing(space: Space) -> bool:
    """Return whether what a space holds is being changed underneath it: what is gathered now would be half of it.

    A bundle that waits for the export of what is there changes nothing yet.
    """
    unfinished = Step.objects.filter(procedure__state__in=procedure_states.UNFINISHED)
    if unfinished.filter(procedure__about_kind="space", procedure__about_id=space.public_id).exists():
        return True
    bundles = Restoration.objects.filter(space=space, state="running").values_list("public_id", flat=True)
    begun = unfinished.filter(procedure__about_kind="restoration", procedure__about_id__in=list(bundles))
    return begun.filter(name="put_back").exclude(state=Step.State.TODO).exists()


def space_at(name: str) -> Space | None:
    """Return the space that visitors find at a host name, held back or not."""
    rows = Space.objects.select_related("organisation", "service", "address").exclude(state__in=["closed", "deleted"])
    return rows.filter(address__name=name.lower().rstrip(".")).first()


def count_by_service() -> dict[str, int]:
    """Return how many spaces of each service exist or are being opened, by slug."""
    rows = Space.objects.exclude(state="deleted").values_list("service__slug").annotate(spaces=Count("pk")).order_by()
    return dict(rows)


def figures() -> list[Figure]:
    """Return how many spaces are in each state, and how many open ones did not answer when last looked at."""
    states = dict(Space.objects.values_list("state").annotate(count=Count("pk")).values_list("state", "count"))
    silent = Space.objects.filter(state="open", healthy=False).count()
    return [
        Figure("spaces", "Spaces by state", counted(states, SPACE.states), "state"),
        Figure("spaces_not_answering", "Open spaces that did not answer when last looked at", {"": silent}),
    ]


def capacity_left(service: Service) -> int | None:
    """Return how many more spaces of a service the host has places for (negative: too many), None when it set no limit."""
    if service.places is None:
        return None
    return service.places - Space.objects.filter(service=service).exclude(state="deleted").count()


def deletion_delay_days() -> int:
    """Return how many days lie between asking to close and the first day of deletion."""
    return int(host.parameter("deletion_delay_days", default=60))


def proof_of(space: Space) -> dict[str, Any]:
    """Return the proof of a deletion (``NotFound`` while there is none)."""
    closing = Closing.objects.filter(space=space, deleted_at__isnull=False).first()
    if closing is None:
        raise NotFound
    proof: dict[str, Any] = closing.proof
    return proof
