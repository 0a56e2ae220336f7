# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write what happened, in the transaction of the change; forget who, when a person asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q, QuerySet

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
    entry = _entry(what, about, organisation_id, actor, visible, at, details)
    entry.save(force_insert=True)
    return entry


def record_all(
    *,
    what: Sequence[str],
    about: Sequence[tuple[str, str, str]],
    organisation_ids: Sequence[str] = (),
    visible: Literal["organisation", "host"] = "organisation",
    details: Sequence[dict[str, Any]] = (),
) -> None:
    """Write entries that nobody in particular caused, in one go: lists of equal length, or empty ones."""
    blank = [""] * len(about)
    rows = zip(what, about, organisation_ids or blank, details or [{} for _one in about], strict=True)
    Entry.objects.bulk_create(
        _entry(words, thing, organisation_id, None, visible, None, more) for words, thing, organisation_id, more in rows
    )


def _entry(
    what: str,
    about: tuple[str, str, str],
    organisation_id: str,
    actor: Any,
    visible: str,
    at: datetime | None,
    details: dict[str, Any],
) -> Entry:
    kind, public_id, label = about
    return Entry(
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


def pseudonymise(
    *,
    public_id: str,
    pseudonym: str,
    words: Sequence[str] = (),
    also: Sequence[str] = (),
    organisation_id: str = "",
) -> int:
    """Put a pseudonym where a name stood, and return how many entries changed.

    Entries of the person are found by public id (``also``: ids they had before a merge), those of an organisation that
    is one person by ``organisation_id``, and any by an address. ``words`` (names and addresses) are replaced there,
    as whole words; elsewhere only what nobody else is called: whoever takes another's name, or a word of every day,
    and asks to be forgotten must not rewrite the history of others. Repeatable.
    """
    ids = {public_id, *also} - {""}
    spoken = [word for word in dict.fromkeys(words) if word.strip()]
    own = Q(actor_id__in=ids) | Q(about_kind="person", about_id__in=ids)
    if organisation_id:
        own |= Q(organisation_id=organisation_id) | Q(about_kind="organisation", about_id=organisation_id)
    for address in (word for word in spoken if "@" in word):
        own |= _holds(address)
    elsewhere = Q(pk__in=[])
    unshared = [word for word in spoken if " " in word.strip() and not _is_shared(word, ids)]
    for name in unshared:
        elsewhere |= _holds(name)
    changed = _rewrite_all(Entry.objects.filter(own), ids, pseudonym, spoken)
    return changed + _rewrite_all(Entry.objects.filter(elsewhere).exclude(own), ids, pseudonym, unshared)


def _holds(word: str) -> Q:
    # JSON may hold a letter with an accent as an escape: look for both ways of writing it.
    escaped = json.dumps(word)[1:-1]
    return Q(details__icontains=word) | Q(details__icontains=escaped) | Q(about_label__icontains=word)


def _is_shared(name: str, ids: set[str]) -> bool:
    """Return whether somebody else acted, or is told of, under the same name."""
    others = Q(actor_label__iexact=name) & ~Q(actor_id__in=[*ids, ""])
    others |= Q(about_kind="person", about_label__iexact=name) & ~Q(about_id__in=ids)
    return Entry.objects.filter(others).exists()


def _rewrite_all(found: QuerySet[Entry], ids: set[str], pseudonym: str, words: Sequence[str]) -> int:
    keys = list(found.values_list("pk", flat=True))
    for start in range(0, len(keys), REWRITTEN_AT_ONCE):
        with transaction.atomic():
            rows = list(Entry.objects.select_for_update().filter(pk__in=keys[start : start + REWRITTEN_AT_ONCE]))
            for row in rows:
                _rewrite(row, ids, pseudonym, words)
            Entry.objects.bulk_update(rows, ["actor_label", "about_label", "details"])
    return len(keys)


def follow_organisation(*, absorbed: str, kept: str) -> int:
    """Let the entries of an organisation follow it into the one it was merged with; return how many."""
    return Entry.objects.filter(organisation_id=absorbed).update(organisation_id=kept)


def follow_person(*, absorbed: str, kept: str) -> int:
    """Let what a person did, and what was done about them, follow them when two persons turn out to be one."""
    with transaction.atomic():
        about = Entry.objects.filter(about_kind="person", about_id=absorbed).update(about_id=kept)
        return about + Entry.objects.filter(actor_id=absorbed).update(actor_id=kept)


def _rewrite(row: Entry, ids: set[str], pseudonym: str, words: Sequence[str]) -> None:
    if row.actor_id in ids:
        row.actor_label = pseudonym
    if row.about_kind == "person":
        row.about_label = pseudonym if row.about_id in ids else row.about_label
    else:
        row.about_label = _replaced(row.about_label, words, pseudonym)
    row.details = _replaced(row.details, words, pseudonym)


def _replaced(value: Any, words: Sequence[str], pseudonym: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(item, words, pseudonym) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, words, pseudonym) for item in value]
    if isinstance(value, str):
        for word in words:
            value = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _found: pseudonym, value)
    return value


def _name_of(actor: Any) -> str:
    return "" if actor is None else str(getattr(actor, "name", "") or actor)
