# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from archipel.host.operations import reopen_door


class Command(BaseCommand):
    help = "Let everybody in again after close-door."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("The door is open." if reopen_door() else "The door was open already.")
