# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from archipel.organisations.towns import load_towns


class Command(BaseCommand):
    help = "Load the shipped list of French towns; repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_towns()} towns.")
