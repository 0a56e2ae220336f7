# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.host.operations import BackupRefused, back_up


class Command(BaseCommand):
    help = (
        "Write database, files and keys into one file, while Archipel runs. ARCHIPEL_BACKUP_PASSPHRASE locks the keys."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = back_up(file=options["file"].absolute(), passphrase=_passphrase())
        except BackupRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{options['file']}: the database and {result.files} files, {result.size} bytes.")
        if result.note:
            self.stdout.write(result.note)


def _passphrase() -> str:
    given = os.environ.get("ARCHIPEL_BACKUP_PASSPHRASE", "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError("Nobody is there to type a passphrase: set ARCHIPEL_BACKUP_PASSPHRASE. Nothing was written.")
    typed = getpass.getpass("Passphrase that will open the keys of this back-up: ")
    if getpass.getpass("Once more: ") != typed:
        raise CommandError("The two are not the same. Nothing was written.")
    return typed
