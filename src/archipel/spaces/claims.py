# SPDX-License-Identifier: AGPL-3.0-or-later
"""What applications learn of the spaces a person enters them through (setting ``CLAIMS_OF_PERSON``)."""

from __future__ import annotations

from collections.abc import Sequence

from archipel.identity.models import Person
from archipel.identity.ports import EntrySeen
from archipel.spaces.models import Space

THROUGH = "space:"


def quota_entered(person: Person, entries: Sequence[EntrySeen]) -> int | None:  # noqa: ARG001
    """Return how many bytes the largest of these spaces may hold; None where none says a size."""
    ids = [entry.through.removeprefix(THROUGH) for entry in entries if entry.through.startswith(THROUGH)]
    sizes = Space.objects.filter(public_id__in=ids, state="open")
    return max((size for size in sizes.values_list("quota_bytes", flat=True) if size is not None), default=None)
