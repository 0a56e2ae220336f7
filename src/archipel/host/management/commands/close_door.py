# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from archipel.host.operations import close_door


class Command(BaseCommand):
    help = "Let nobody act (pages answer 503, the worker begins nothing) until open-door; prints the key that passes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="let tasks that run end first")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(close_door(patience=options["wait"]))
