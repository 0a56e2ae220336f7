# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.host.operations import BackupRefused, restore_database


class Command(BaseCommand):
    help = "Put back only the database of a back-up of this installation, behind a closed door: the way back of an upgrade."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        passphrase = os.environ.get("ARCHIPEL_BACKUP_PASSPHRASE", "")
        try:
            restore_database(file=options["file"].absolute(), passphrase=passphrase)
        except BackupRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write("The database is as it was when this back-up was made.")
