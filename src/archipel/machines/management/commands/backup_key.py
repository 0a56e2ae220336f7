# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.machines import operations, queries


class Command(BaseCommand):
    help = (
        "Print the key of a place for back-ups (by its name or id), or list the places. It is written down in history."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", nargs="?", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        places = list(queries.places_by_name())
        wanted = options["place"]
        if not wanted:
            for place in places:
                self.stdout.write(f"{place.public_id}  {place.kind:6}  {place.name}  {place.location}")
            return
        found = [place for place in places if wanted in (place.name, place.public_id)]
        if not found:
            raise CommandError("There is no place for back-ups of this name. Without a name, they are listed.")
        self.stdout.write(operations.show_key(place=found[0], by=None))
