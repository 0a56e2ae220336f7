# SPDX-License-Identifier: AGPL-3.0-or-later
"""Searching a long table by words, a page at a time: nothing is counted, and the last page costs what the first does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from archipel.identity.folding import fold

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Found(Generic[M]):
    """A page in the order of names; ``after`` is the public id the next one starts behind, empty on the last."""

    rows: Sequence[M]
    after: str


def search(rows: QuerySet[M], text: str, *, after: str = "", size: int = 25) -> Found[M]:
    """Return the rows whose ``search_text`` holds every word typed; an ``after`` that is no row starts at the beginning.

    Keys are found first, in the index over name and words alone; then only the rows of the page are read.
    """
    wanted = rows
    for word in fold(text).split():
        wanted = wanted.filter(search_text__contains=word)
    for name, key in rows.model._default_manager.filter(public_id=after).values_list("name", "pk") if after else ():
        wanted = wanted.filter(name__gte=name).filter(Q(name__gt=name) | Q(pk__gt=key))
    keys = list(wanted.order_by("name", "pk").values_list("pk", flat=True)[: size + 1])
    by_key: dict[Any, M] = rows.in_bulk(keys[:size])
    page = [by_key[key] for key in keys[:size]]
    return Found(page, page[-1].public_id if len(keys) > size else "")  # type: ignore[attr-defined]  # every model searched here has a public id
