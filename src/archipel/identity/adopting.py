# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody changed there and may become the truth here."""

from __future__ import annotations

from typing import Any

from archipel.identity.models import Client, Drift, DriftKind, Person

STRANGER = "stranger"
ADOPTABLE = {
    "person": {"name", "language"},
    "client": {"name", "home_url", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri"},
}


def can_adopt(*, drift: Drift) -> bool:
    """Return whether what is there may become the truth here.

    Never an address nobody proved to read, a way in beside the doors, or a role that only an organisation gives.
    """
    if drift.kind == STRANGER:
        return bool(drift.differences["confirmed"]["there"])
    if drift.kind == "entry":
        gone = set(value_of(drift, "roles", "here")) - set(value_of(drift, "roles", "there"))
        both = sides_of(drift)
        return all(both) and not gone if drift.what != DriftKind.MISSING else True
    fields = ADOPTABLE.get(drift.kind, set())
    return drift.what == DriftKind.DIFFERENT and set(drift.differences) <= fields


def value_of(drift: Drift, name: str, side: str) -> Any:
    """Return a list of one side, empty when there is none."""
    return (drift.differences.get(name) or {}).get(side) or []


def sides_of(drift: Drift) -> tuple[Client | None, Person | None]:
    """Return the application and the person of an entry, where they are still open."""
    client_id, _slash, person_id = drift.object_id.partition("/")
    client = Client.objects.filter(public_id=client_id, closed_at=None).first()
    return client, Person.objects.filter(public_id=person_id, forgotten_at=None, merged_into=None).first()
