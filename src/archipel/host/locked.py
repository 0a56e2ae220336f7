# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where secrets lie locked in the database. Each app names its columns when it is ready; ``rotate-keys`` walks them all."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model

_columns: dict[str, set[str]] = {}


def register(model_label: str, field: str) -> None:
    """Say that a column holds what ``kernel.keys.lock`` returned (``"mailing.Email"``, ``"locked_body"``)."""
    _columns.setdefault(model_label, set()).add(field)


def columns() -> list[tuple[type[Model], str]]:
    """Return every locked column, in a stable order."""
    return [(apps.get_model(label), field) for label in sorted(_columns) for field in sorted(_columns[label])]
