# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from archipel.identity.folding import fold
from archipel.organisations.models import Town

SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
LONGEST = 60


def town_key(text: str) -> str:
    """Return a name as towns are found by: no accents, no hyphens, "St" written out ("saint malo")."""
    words = [SHORT_FORMS.get(word, word) for word in fold(text).split()]
    return " ".join(words)[:LONGEST]


def search_towns(text: str, limit: int = 8) -> list[Town]:
    """Return towns by name or postcode: same name first, then names that begin so, then the most people.

    A number narrows: "saint denis 93" and "29900" (a postcode, its beginning, or a department).
    """
    words = town_key(text).split()
    numbers = [word for word in words if word[0].isdigit()]
    name = " ".join(word for word in words if not word[0].isdigit())
    rows = Town.objects.all()
    for number in numbers:
        rows = rows.filter(_in_place(number))
    if name:
        rows = _by_name(rows, name)
    elif not numbers:
        return []
    else:
        rows = rows.annotate(rank=Value(0))
    return list(rows.order_by("rank", "-population", "code")[:limit])  # type: ignore[misc]  # stubs lose the annotation


def _in_place(number: str) -> Q:
    places = Q(postcodes__startswith=number) | Q(postcodes__contains=f" {number}")
    return places | Q(department=number.upper()) if len(number) <= 3 else places


def _by_name(rows: QuerySet[Town], name: str) -> QuerySet[Town]:
    found = rows.filter(Q(search_name__startswith=name) | Q(search_name__contains=f" {name}"))
    rank = Case(
        When(search_name=name, then=Value(0)),
        When(search_name__startswith=name, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return found.annotate(rank=rank)
