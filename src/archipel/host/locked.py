# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where secrets lie locked in the database. Each app names its columns when it is ready; ``rotate-keys`` walks them all."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model

_columns: dict[str, set[str]] = {}
_inside: dict[tuple[str, str], set[str]] = {}


def register(model_label: str, field: str) -> None:
    """Say that a column holds what ``kernel.keys.lock`` returned (``"mailing.Email"``, ``"locked_body"``)."""
    _columns.setdefault(model_label, set()).add(field)


def register_inside(model_label: str, field: str, *names: str) -> None:
    """Say that a JSON column holds locked words under these names (``"mfa.Authenticator"``, ``"data"``, ``"secret"``)."""
    _inside.setdefault((model_label, field), set()).update(names)


def json_columns() -> list[tuple[type[Model], str, tuple[str, ...]]]:
    """Return every JSON column with locked words, and their names."""
    return [(apps.get_model(label), field, tuple(sorted(names))) for (label, field), names in sorted(_inside.items())]


def columns() -> list[tuple[type[Model], str]]:
    """Return every locked column, in a stable order."""
    return [(apps.get_model(label), field) for label in sorted(_columns) for field in sorted(_columns[label])]
