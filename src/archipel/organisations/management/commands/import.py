# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from archipel.kernel.refusals import Refusal
from archipel.organisations import operations, queries
from archipel.organisations.models import Batch

LOOK_EVERY, SILENT_AFTER = 1.0, 60.0


class Command(BaseCommand):
    """Exit code 0 when all is in (or would be), 1 when lines are left out or nothing could be done."""

    help = "Import people, organisations and mail from the host's former software (docs/operating/moving-in.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and forget the files")
        parser.add_argument("--leave-out", action="store_true", help="import the rest when lines have problems")
        parser.add_argument("--confirmed", action="store_true", help="the former software had all addresses confirmed")
        parser.add_argument("--kind", default="association", help="of organisations whose file says none")
        parser.add_argument(
            "--applications", default="", help="where people have the names of a directory: nextcloud,git"
        )
        parser.add_argument("--encoding", default="", help="utf-8, windows-1252, latin-1 or utf-16; found when absent")
        parser.add_argument(
            "--send-links", action="store_true", help="mail a link to those who have no passphrase here"
        )
        parser.add_argument("--undo", metavar="ID", default="", help="undo an import, by the end of its address")
        parser.add_argument("--language", default="en", choices=["en", "fr"], help="of what is printed")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            try:
                self._undo(options["undo"]) if options["undo"] else self._import(options)
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal

    def _import(self, options: dict[str, Any]) -> None:
        batch = operations.open_batch(
            files=[_read(path) for path in options["files"]],
            confirmed=options["confirmed"],
            kind=options["kind"],
            applications=options["applications"].split(","),
            encoding=options["encoding"],
            read_later=False,
        )
        batch = operations.read_batch(batch=batch)
        left_out = self._tell(batch)
        if options["dry_run"] or batch.state != "ready" or (left_out and not options["leave_out"]):
            operations.discard_batch(batch=batch)
            if not options["dry_run"] and left_out and batch.state == "ready":
                raise CommandError("Nothing was imported. Correct these lines, or import the rest with --leave-out.")
            if left_out or batch.state != "ready":
                raise CommandError("Nothing was imported.")
            self.stdout.write("Nothing was imported: this was a dry run.")
            return
        batch = operations.apply_batch(batch=batch)
        self._wait(batch, "applying")
        if options["send_links"]:
            operations.write_to_arrivals(batch=batch)

    def _undo(self, public_id: str) -> None:
        batch = queries.batch_by_public_id(public_id)
        if batch is None:
            raise CommandError("There is no such import.")
        batch = operations.undo_batch(batch=batch)
        self._wait(batch, "undoing")
        for line in queries.kept_of(batch):
            self.stdout.write(f"{line.kind}: {line.label}: {line.why}")

    def _tell(self, batch: Batch) -> int:
        """Print what would be done and every problem; return how many lines would be left out."""
        page = queries.batch_page(batch)
        for file in page.files:
            self.stdout.write(
                " ".join(filter(None, [f"{file.name}:", file.format, file.encoding, repr(file.separator)]))
            )
        for line in page.planned:
            self.stdout.write(f"{line.kind}: " + ", ".join(f"{count} {words}" for words, count in line.outcomes))
        for words, count in page.hashes:
            self.stdout.write(f"passphrases: {count} {words}")
        for problem in queries.all_problems_of(batch):
            place = f"{problem.file}:{problem.line}: " + (f"{problem.column}: " if problem.column else "")
            self.stdout.write(place + problem.words)
        return page.left_out

    def _wait(self, batch: Batch, while_in: str) -> None:
        """Follow the worker until it is done. Interrupted, the worker goes on all the same."""
        self.stdout.write(f"import {batch.public_id}: the worker has it")
        said, last_change = -1, time.monotonic()
        while batch.state == while_in:
            if batch.done != said:
                said, last_change = batch.done, time.monotonic()
                self.stdout.write(f"{batch.done} of {batch.records}")
            elif time.monotonic() - last_change > SILENT_AFTER:
                raise CommandError("Nothing moves: is `archipel worker` running? It goes on where it was.")
            time.sleep(LOOK_EVERY)
            batch.refresh_from_db()
        self.stdout.write(f"import {batch.public_id}: {batch.state}")


def _read(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
