# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archipel.machines.recipes import RecipeRefused, all_recipes, lines_of, read_recipe


class Command(BaseCommand):
    help = "List the recipes of applications in containers (list), or say what is read of one and what is not (check)."
    # Neither looks at the database nor needs the site to be whole: it may run where a recipe is written.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="list | check PATH")
        acts.add_parser("list", help="Every recipe this installation finds, with the number of its errors.")
        check = acts.add_parser("check", help="Read a recipe and say all there is to say; exit code 1 with an error.")
        check.add_argument("path", type=Path, help="The folder of the recipe, ours or of Co-op Cloud.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "list":
            self._list()
        else:
            self._check(options["path"])

    def _list(self) -> None:
        for recipe in all_recipes():
            errors = len(recipe.errors)
            state = f"{errors} error{'s' if errors > 1 else ''}" if errors else "ok"
            versions = ", ".join(recipe.version_names()) or "-"
            self.stdout.write(f"{recipe.slug:<20} {recipe.format:<12} {versions:<24} {state:<10} {recipe.folder}")

    def _check(self, path: Path) -> None:
        try:
            recipe = read_recipe(path.resolve())
        except RecipeRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for line in lines_of(recipe):
            self.stdout.write(line)
        if recipe.errors:
            raise CommandError(f"{recipe.slug} cannot be used as it is.")
