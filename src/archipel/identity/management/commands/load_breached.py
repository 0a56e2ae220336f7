# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.identity.operations import ListRefused, load_breached


class Command(BaseCommand):
    help = "Read a list of breached passphrases: words, or SHA-1 as breach lists publish them, one a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", help="the list, or - for what is piped in (zcat list.gz | archipel load-breached -)"
        )
        parser.add_argument("--name", default="", help="what it is called here; one of the same name is replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"] or (Path(options["file"]).stem if options["file"] != "-" else "breached")
        try:
            with _opened(options["file"]) as lines:
                count, size = load_breached(name=name, lines=lines)
        except (ListRefused, OSError) as problem:
            raise CommandError(f"{problem}. Nothing was changed.") from problem
        self.stdout.write(f"“{name}” holds {count} breached passphrases in {size / 1e6:.1f} MB.")


def _opened(path: str) -> contextlib.AbstractContextManager[BinaryIO]:
    return contextlib.nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb")
