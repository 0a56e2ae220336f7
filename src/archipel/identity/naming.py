# SPDX-License-Identifier: AGPL-3.0-or-later
"""How history names a person."""

from __future__ import annotations

from archipel.identity.models import Person


def named(person: Person) -> tuple[str, str, str]:
    """Return kind, public id and label."""
    return ("person", person.public_id, person.name)
