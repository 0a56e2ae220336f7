# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a space holds, kept aside while a procedure changes it: gathered, brought back, dropped. For the worker; calls outside."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.procedures.models import Procedure
from archipel.procedures.states import UNFINISHED
from archipel.spaces import unpacking
from archipel.spaces.bundle import CONTENT, digest_of
from archipel.spaces.files import export_path, is_there, kept_folder
from archipel.spaces.models import Export, Space
from archipel.spaces.ports import ExportedFile
from archipel.spaces.wiring import connector_of

KEPT = timedelta(days=14)
_LIST = "files.json"


def keep_content(*, space: Space, name: str) -> int:
    """Have the application write all it holds into the folder ``name``, and return how many bytes. Repeatable; calls outside."""
    folder = _fresh(name)
    try:
        (folder / CONTENT).mkdir()
        files = connector_of(space).export(space.public_id, folder / CONTENT)
        (folder / _LIST).write_text(json.dumps([asdict(file) for file in files]))
    except OSError as error:
        raise TryLater(f"what it holds cannot be kept: {error.strerror}", after=300) from error
    return sum(file.size for file in files)


def keep_last_copy(*, space: Space, name: str) -> datetime | None:
    """Bring the newest copy of a space into the folder ``name``, and return of when it is; None when there is none.

    A copy is an export that can still be fetched.
    """
    rows = Export.objects.select_related("space").filter(space=space, ready_at__isnull=False, removed_at=None)
    export = next((row for row in rows.order_by("-ready_at", "-pk") if is_there(row)), None)
    if export is None:
        return None
    folder = _fresh(name)
    (folder / CONTENT).mkdir()
    with export_path(export).open("rb") as archive:
        files = unpacking.unpack(archive, folder / CONTENT).files
    (folder / _LIST).write_text(json.dumps([asdict(file) for file in files]))
    # What was written after the export was asked may not be in it.
    return export.asked_at


def bring_content_back(*, space: Space, name: str) -> None:
    """Put what was kept into the space, once every byte is what it was (``RefusedOutside("damaged")``). Calls outside."""
    folder = kept_folder(name)
    try:
        files = [ExportedFile(**row) for row in json.loads((folder / _LIST).read_text())]
        wrong = [file.path for file in files if digest_of(folder / CONTENT / file.path) != file.sha256]
    except OSError as error:
        raise RefusedOutside("damaged", f"what was kept is no longer there: {error.strerror}") from error
    if wrong:
        raise RefusedOutside("damaged", f"{wrong[0]} is not what was kept", about=wrong[0])
    connector_of(space).restore(space.public_id, folder / CONTENT)


def drop_kept(*, name: str) -> None:
    """Delete what was kept under a name. Repeatable."""
    shutil.rmtree(kept_folder(name), ignore_errors=True)


def purge_kept() -> int:
    """Delete what was kept for procedures that were given up two weeks ago, and return how many.

    One that waits for a human keeps it however long that takes: it may be all that is left of the space.
    """
    limit = (clock.now() - KEPT).timestamp()
    needed = set(Procedure.objects.filter(state__in=UNFINISHED).values_list("public_id", flat=True))
    kept = kept_folder("x").parent.iterdir()
    old = [path for path in kept if path.stat().st_mtime < limit and path.name not in needed]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _fresh(name: str) -> Path:
    drop_kept(name=name)
    folder = kept_folder(name)
    folder.mkdir(parents=True)
    return folder
