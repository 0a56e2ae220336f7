# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from archipel.host import queries


class Command(BaseCommand):
    help = "Say yes or no: whether this host was set up in the browser."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("yes" if queries.current().set_up_at else "no")
