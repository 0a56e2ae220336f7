# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from archipel.conversations import operations
from archipel.conversations.operations.receiving import LARGEST_MAIL

# Exit codes of <sysexits.h>: what mail servers understand of a command they pipe a mail into.
EX_OK, EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL = 0, 67, 69, 75


class Command(BaseCommand):
    help = "Take in one mail on standard input, as a mail server pipes it; exits with the codes of sysexits.h."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sender", default=None, help="Sender of the envelope; empty for a bounce.")

    def handle(self, *args: Any, sender: str | None, **options: Any) -> None:
        raw = sys.stdin.buffer.read(LARGEST_MAIL + 1)
        if len(raw) > LARGEST_MAIL:
            self.stderr.write("This mail is too large.")
            sys.exit(EX_UNAVAILABLE)
        try:
            received = operations.receive_mail(raw=raw, return_path=None if sender is None else sender or "<>")
        except (Error, OSError) as error:
            self.stderr.write(f"Not now: {type(error).__name__}")
            sys.exit(EX_TEMPFAIL)
        self.stdout.write(received.outcome)
        if received.outcome == "unknown":
            self.stderr.write("This address belongs to no conversation.")
            sys.exit(EX_NOUSER)
        sys.exit(EX_TEMPFAIL if received.outcome == "too_many" else EX_OK)
