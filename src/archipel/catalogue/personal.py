# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the catalogue holds on a person: that they look after a service, with their name on its page."""

from __future__ import annotations

from typing import Any

from archipel.catalogue import operations, queries
from archipel.identity.models import Person


def export(person: Person) -> dict[str, Any]:
    """Return the services a person looks after."""
    return {"looks_after": [service.slug for service in queries.maintained_by(person)]}


def forget(person: Person, pseudonym: str) -> list[str]:  # noqa: ARG001 - no trace stays here
    """Take a person off the services they look after; one left with too few people becomes a line on Today."""
    operations.let_go_of_services(person=person)
    return []
