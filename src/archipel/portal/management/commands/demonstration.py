# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archipel.portal.demonstration import loading


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration host."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loading.load()
        except loading.NotEmpty as problem:
            raise CommandError(str(problem)) from problem
