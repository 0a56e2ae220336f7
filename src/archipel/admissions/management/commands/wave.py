# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archipel.admissions import queries
from archipel.kernel.refusals import NotFound


class Command(BaseCommand):
    """``archipel wave verify <id>``: exit code 0 and "ok", or 1 and what does not fit."""

    help = "Recompute the order of a closed wave from what is public."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify"])
        parser.add_argument("wave", help="the id in the address of the wave's public page")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wave = queries.wave_by_id(options["wave"])
        except NotFound as error:
            raise CommandError("there is no such wave") from error
        problems = queries.problems_of_order(wave)
        if problems:
            raise CommandError("mismatch: " + "; ".join(problems))
        count = sum(1 for _row in queries.order_rows(wave)) - 1
        self.stdout.write(f"ok: {count} requests, ordered by {wave.order}")
