# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write what happened, in the transaction of the change; forget who, when a person asks for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q

from archipel.history.models import Entry
from archipel.kernel import clock

LABEL = 200
REWRITTEN_AT_ONCE = 500


def record(
    *,
    what: str,
    about: tuple[str, str, str],
    organisation_id: str = "",
    actor: Any = None,
    visible: Literal["organisation", "host"] = "organisation",
    at: datetime | None = None,
    **details: Any,
) -> Entry:
    """Write one entry. ``about`` is (kind, public id, label); ``actor`` has ``public_id`` and ``name``."""
    kind, public_id, label = about
    return Entry.objects.create(
        at=at or clock.now(),
        what=what,
        organisation_id=organisation_id,
        actor_id=str(getattr(actor, "public_id", "") or ""),
        actor_label=_name_of(actor)[:LABEL],
        about_kind=kind,
        about_id=public_id,
        about_label=str(label)[:LABEL],
        details=details,
        visible_to=visible,
    )


def pseudonymise(*, public_id: str, pseudonym: str, words: Sequence[str] = ()) -> int:
    """Put a pseudonym where a person's name stood, and return how many entries changed.

    Their acts and the entries about them are found by public id; ``words`` (their names and addresses) are replaced
    wherever labels and details hold them. Repeatable.
    """
    changed = 0
    spoken = [word for word in words if word.strip()]
    concerned = Q(actor_id=public_id) | Q(about_kind="person", about_id=public_id)
    for word in spoken:
        # JSON may hold a letter with an accent as an escape: look for both ways of writing it.
        escaped = json.dumps(word)[1:-1]
        concerned |= Q(details__icontains=word) | Q(details__icontains=escaped) | Q(about_label__icontains=word)
    ids = list(Entry.objects.filter(concerned).values_list("pk", flat=True))
    for start in range(0, len(ids), REWRITTEN_AT_ONCE):
        with transaction.atomic():
            rows = list(Entry.objects.select_for_update().filter(pk__in=ids[start : start + REWRITTEN_AT_ONCE]))
            for row in rows:
                _rewrite(row, public_id, pseudonym, spoken)
            Entry.objects.bulk_update(rows, ["actor_label", "about_label", "details"])
            changed += len(rows)
    return changed


def follow_organisation(*, absorbed: str, kept: str) -> int:
    """Let the entries of an organisation follow it into the one it was merged with; return how many."""
    return Entry.objects.filter(organisation_id=absorbed).update(organisation_id=kept)


def follow_person(*, absorbed: str, kept: str) -> int:
    """Let what a person did, and what was done about them, follow them when two persons turn out to be one."""
    with transaction.atomic():
        about = Entry.objects.filter(about_kind="person", about_id=absorbed).update(about_id=kept)
        return about + Entry.objects.filter(actor_id=absorbed).update(actor_id=kept)


def _rewrite(row: Entry, public_id: str, pseudonym: str, words: Sequence[str]) -> None:
    if row.actor_id == public_id:
        row.actor_label = pseudonym
    if (row.about_kind, row.about_id) == ("person", public_id):
        row.about_label = pseudonym
    row.about_label = _replaced(row.about_label, words, pseudonym)
    row.details = _replaced(row.details, words, pseudonym)


def _replaced(value: Any, words: Sequence[str], pseudonym: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(item, words, pseudonym) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, words, pseudonym) for item in value]
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, pseudonym)
    return value


def _name_of(actor: Any) -> str:
    return "" if actor is None else str(getattr(actor, "name", "") or actor)
