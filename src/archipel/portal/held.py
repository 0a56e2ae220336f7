# SPDX-License-Identifier: AGPL-3.0-or-later
"""All my data, and forget me: every app's ``personal``, from the top of the house to the bottom."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from archipel.identity.models import Person

# Upper apps first: what points to a person is forgotten before the person is.
APPS = ["admissions", "spaces", "agreements", "catalogue", "conversations", "organisations", "mailing", "identity"]


def _rooms() -> list[tuple[str, Any]]:
    return [
        (name, import_module(f"archipel.{name}.personal")) for name in APPS if find_spec(f"archipel.{name}.personal")
    ]


def export(person: Person) -> dict[str, Any]:
    """Return everything held on a person, JSON-ready, by app (GDPR art. 15 and 20)."""
    return {name: room.export(person) for name, room in _rooms()}


def forget(person: Person, pseudonym: str) -> list[str]:
    """Forget a person in every app and return the sentences that say what the law keeps, and until when."""
    return [sentence for _, room in _rooms() for sentence in room.forget(person, pseudonym)]
