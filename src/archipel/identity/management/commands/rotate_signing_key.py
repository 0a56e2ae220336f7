# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from archipel.identity.operations import rotate_signing_key


class Command(BaseCommand):
    help = "Publish the next key that sign-ins of applications are signed with; it signs a day later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at-once",
            action="store_true",
            help="the present key leaked: withdraw it now; people may have to sign in again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = rotate_signing_key(at_once=options["at_once"])
        self.stdout.write(f"The key {made.key_id} is published; it signs from {made.signs_from:%Y-%m-%d %H:%M} UTC.")
