# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.db import transaction

from archipel.organisations.models import Town
from archipel.organisations.towns.searching import town_key

LIST = Path(__file__).with_name("communes.csv.gz")
BATCH = 500


def load_towns() -> int:
    """Write the shipped towns into the table, 500 at a time, and return how many; repeatable, corrects what changed."""
    rows = _read()
    written = 0
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic():
            Town.objects.bulk_create(
                batch,
                update_conflicts=True,
                unique_fields=["code"],
                update_fields=[field.name for field in Town._meta.fields if not field.primary_key],
            )
        written += len(batch)
    return written


def _read() -> Iterator[Town]:
    with gzip.open(LIST, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Town(
                code=row["code_insee"],
                name=row["nom"],
                search_name=town_key(row["nom"]),
                department=row["departement"],
                region=row["region"],
                postcodes=row["codes_postaux"].replace("|", " "),
                population=int(row["population"] or 0),
                latitude=float(row["lat"]) if row["lat"] else None,
                longitude=float(row["lon"]) if row["lon"] else None,
            )
