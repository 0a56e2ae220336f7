# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.identity.operations import compare_sign_on, push_everything
from archipel.kernel.outside import RefusedOutside, TryLater


class Command(BaseCommand):
    help = "Tell Keycloak all that should be there (push), or read back what is there and compare now (compare)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["push", "compare"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "push":
            self._push()
        else:
            self._compare()

    def _push(self) -> None:
        count = push_everything()
        if not count:
            raise CommandError("People sign in to Archipel itself (ARCHIPEL_SIGN_ON): there is nothing to tell.")
        self.stdout.write(f"{count} things wait for the worker, which tells Keycloak one after the other.")

    def _compare(self) -> None:
        try:
            found = compare_sign_on()
        except (TryLater, RefusedOutside) as failure:
            raise CommandError(f"Keycloak cannot be read: {failure}") from failure
        if found is None:
            raise CommandError("People sign in to Archipel itself (ARCHIPEL_SIGN_ON): there is nothing to compare.")
        self.stdout.write(
            f"{found.same} the same, {found.drifted} changed there (on Today), {found.pushed} on their way there."
        )
