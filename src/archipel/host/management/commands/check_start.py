# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archipel.host.checks import StartRefused, check_start


class Command(BaseCommand):
    help = "Say whether Archipel may start on this data: keys that open it, domains kept apart."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_start()
        except StartRefused as problem:
            raise CommandError(str(problem)) from problem
