# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from archipel.host.operations import new_set_up_code


class Command(BaseCommand):
    help = "Print a new one-time code for the set-up page; the former one stops working."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_set_up_code())
