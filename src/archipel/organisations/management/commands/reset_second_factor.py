# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.kernel.refusals import NotFound
from archipel.organisations.operations import reset_by_the_machine


class Command(BaseCommand):
    help = "Remove the second factors of a person nobody else can help, such as an only administrator; they are told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="an e-mail address that the person confirmed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            gone = reset_by_the_machine(email=options["address"])
        except NotFound as problem:
            raise CommandError(f"Nobody here confirmed {options['address']}. Nothing was changed.") from problem
        if not gone:
            self.stdout.write(f"{options['address']} had no second factor; their sessions are closed.")
            return
        self.stdout.write(f"{options['address']} signs in with the passphrase alone, and was told by mail.")
