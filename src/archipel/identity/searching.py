# SPDX-License-Identifier: AGPL-3.0-or-later
"""Searching a long table by words, a page at a time: nothing is counted, and the last page costs what the first does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from archipel.identity.folding import LONGEST_WORD, fold

M = TypeVar("M", bound=Model)

# A word that so few rows have narrows the search to them; of the others, some come soon in any order.
RARE = 300
LAST_SIGN = "\U0010ffff"


@dataclass(frozen=True)
class Found(Generic[M]):
    """A page in the order of names; ``after`` is the public id the next one starts behind, empty on the last."""

    rows: Sequence[M]
    after: str


def search(
    rows: QuerySet[M],
    text: str,
    *,
    after: str = "",
    size: int = 25,
    keys_of_word: Callable[[str], QuerySet[Any]] | None = None,
) -> Found[M]:
    """Return the rows whose ``search_text`` holds every word typed; an ``after`` that is no row starts at the beginning.

    Keys are found first, in the index over name and words alone; then only the rows of the page are read.
    ``keys_of_word``: where a long table has its words apart, the keys of the rows with a word that begins so.
    """
    wanted = rows
    for word in fold(text).split():
        wanted = wanted.filter(search_text__contains=word)
        found = list(keys_of_word(word)[: RARE + 1]) if keys_of_word else []
        if keys_of_word and len(found) <= RARE:
            wanted = wanted.filter(pk__in=found)
    for name, key in rows.model._default_manager.filter(public_id=after).values_list("name", "pk") if after else ():
        wanted = wanted.filter(name__gte=name).filter(Q(name__gt=name) | Q(pk__gt=key))
    keys = list(wanted.order_by("name", "pk").values_list("pk", flat=True)[: size + 1])
    by_key: dict[Any, M] = rows.in_bulk(keys[:size])
    page = [by_key[key] for key in keys[:size]]
    return Found(page, page[-1].public_id if len(keys) > size else "")  # type: ignore[attr-defined]  # every model searched here has a public id


def by_words(words: type[Model], key: str) -> Callable[[str], QuerySet[Any]]:
    """Return how ``search`` asks a table of words (columns ``word`` and ``key``) who has one that begins so."""

    def keys_of_word(word: str) -> QuerySet[Any]:
        found = words._default_manager.filter(_begins("word", word[:LONGEST_WORD]))
        return found.values_list(key, flat=True).distinct()

    return keys_of_word


def _begins(field: str, word: str) -> Q:
    """Return the condition that a field begins with a word, in the form that each database answers from an index."""
    if connection.vendor == "sqlite":  # LIKE reads no index there; the order of signs is that of their codes
        return Q(**{f"{field}__gte": word, f"{field}__lt": word + LAST_SIGN})
    return Q(**{f"{field}__startswith": word})
