# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.host.operations import BackupRefused, restore


class Command(BaseCommand):
    help = "Put a back-up into an empty folder (ARCHIPEL_DATA, or --into). ARCHIPEL_BACKUP_PASSPHRASE opens the keys."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--into", type=Path, metavar="FOLDER", help="an empty folder, or one that does not exist yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = os.environ.get("ARCHIPEL_BACKUP_PASSPHRASE", "")
        if not given and not sys.stdin.isatty():
            raise CommandError("Nobody is there to type it: set ARCHIPEL_BACKUP_PASSPHRASE. Nothing was changed.")
        passphrase = given or getpass.getpass("Passphrase of this back-up: ")
        try:
            result = restore(file=options["file"].absolute(), passphrase=passphrase, into=options["into"])
        except BackupRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"The database and {result.files} files are back, {result.size} bytes.")
        if options["into"]:
            self.stdout.write(f"Start with: ARCHIPEL_DATA={options['into']} ./run")
