# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.host.operations import LockedElsewhere, rotate_keys


class Command(BaseCommand):
    help = "Add a new encryption key and lock every secret of the database again with it, while Archipel runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--resume", action="store_true", help="go on after an interruption, without another new key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rotate_keys(add=not options["resume"])
        except LockedElsewhere as problem:
            raise CommandError(f"{problem} Put it right, then: archipel rotate-keys --resume") from problem
        self.stdout.write(f"{count} secrets are locked with the newest key; older keys still open older back-ups.")
