# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import models, transaction

from archipel.history import operations as history
from archipel.host import locked, queries
from archipel.host.models import Host
from archipel.kernel import keys

BATCH = 500


class LockedElsewhere(Exception):
    """A secret of the database opens with none of the keys; the message says where it is. What came before is done."""


def rotate_keys(*, add: bool = True) -> int:
    """Put a new key first, then lock every secret of the database again with it; return how many were.

    Interrupted, it is run again with ``add=False`` or without: what an older key locked still opens, and each batch is
    its own transaction. Older keys stay in the file: back-ups were made with them.
    """
    if add:
        keys.add_encryption_key(Path(settings.ARCHIPEL_DATA) / "keys")
    changed = sum(_relock(model, field) for model, field in locked.columns())
    changed += sum(_relock(model, field, names) for model, field, names in locked.json_columns())
    history.record(what="host.keys_rotated", about=("host", "1", queries.current().name), visible="host", count=changed)
    return changed


def _relock(model: type[models.Model], field: str, names: tuple[str, ...] = ()) -> int:
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                model._default_manager.select_for_update()
                .exclude(**{} if names else {field: ""})
                .filter(pk__gt=last)
                .order_by("pk")
                .only("pk", field)[:BATCH]
            )
            for row in rows:
                setattr(row, field, _relocked_inside(row, field, names) if names else _relocked(row, field))
            model._default_manager.bulk_update(rows, [field])
        if not rows:
            if model is Host:
                queries.forget_remembered()
            return changed
        changed, last = changed + len(rows), rows[-1].pk


def _relocked_inside(row: models.Model, field: str, names: tuple[str, ...]) -> dict[str, Any]:
    value: dict[str, Any] = getattr(row, field)
    return {name: _relocked(row, name, word) if name in names else word for name, word in value.items()}


def _relocked(row: models.Model, field: str, word: str | None = None) -> str:
    try:
        return keys.relock(getattr(row, field) if word is None else word)
    except InvalidToken as error:
        raise LockedElsewhere(f"{row._meta.label} {row.pk}: {field} was locked with a key that is not here.") from error
