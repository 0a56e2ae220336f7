# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a space holds, kept aside while a procedure changes it: gathered, brought back, dropped. For the worker; calls outside."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.wiring import store_of
from archipel.procedures.models import Procedure
from archipel.procedures.states import UNFINISHED
from archipel.spaces import copies, unpacking
from archipel.spaces.bundle import CONTENT, digest_of
from archipel.spaces.files import export_path, is_there, kept_folder
from archipel.spaces.models import Backup, Export, Space
from archipel.spaces.ports import ExportedFile
from archipel.spaces.wiring import connector_of

KEPT = timedelta(days=14)
MUCH_OLDER = timedelta(days=1)
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


@dataclass(frozen=True)
class KeptCopy:
    """What a space is filled from: of when its data is, and why newer copies were not taken, newest first."""

    data_of: datetime
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Copy:
    """An export or a back-up: of when its data is, where it is kept, how it comes into an empty folder."""

    data_of: datetime
    where: str
    fetch: Callable[[Path], list[ExportedFile]]


def keep_last_copy(*, space: Space, name: str, patient: bool = False) -> KeptCopy | None:
    """Bring the newest copy of a space into the folder ``name``; None when there is none. Repeatable; calls outside.

    A copy is an export that can still be fetched, or a back-up in a place in use. One that is damaged or whose place is
    silent is passed over for the next; ``patient``: a silent place is waited for (``TryLater``) where what comes next is
    more than a day older. When none of them can be had: ``TryLater`` if a place is silent, else why the newest cannot.
    """
    found, failures = _copies_of(space), list[TryLater | RefusedOutside]()
    for copy in found:
        silent = next((one for one in failures if isinstance(one, TryLater)), None)
        if patient and silent and found[0].data_of - copy.data_of > MUCH_OLDER:
            raise silent
        try:
            _keep(copy, name)
        except (TryLater, RefusedOutside) as failure:
            failures.append(failure)
        else:
            passed = zip(found, failures, strict=False)
            return KeptCopy(copy.data_of, tuple(f"{one.where}: {failure.reason}"[:200] for one, failure in passed))
    if failures:
        raise next((one for one in failures if isinstance(one, TryLater)), failures[0])
    return None


def _copies_of(space: Space) -> list[_Copy]:
    """Return the copies of a space that should be there, newest first."""
    exports = Export.objects.select_related("space").filter(space=space, ready_at__isnull=False, removed_at=None)
    backups = Backup.objects.select_related("place").filter(space=space, dropped_at=None, place__closed_at=None)
    found = [
        # What was written after the export was asked may not be in it.
        *(_Copy(row.asked_at, "export", partial(_unpack, row)) for row in exports if is_there(row)),
        *(_Copy(row.taken_at, row.place.name, partial(_bring_back, row)) for row in backups.exclude(copy_id="")),
    ]
    return sorted(found, key=lambda copy: copy.data_of, reverse=True)


def _keep(copy: _Copy, name: str) -> None:
    try:
        folder = _fresh(name)
        files = copy.fetch(folder)
        (folder / _LIST).write_text(json.dumps([asdict(file) for file in files]))
    except OSError as error:
        raise TryLater(f"the copy cannot be brought back: {error.strerror}", after=300) from error


def _unpack(export: Export, folder: Path) -> list[ExportedFile]:
    (folder / CONTENT).mkdir()
    with export_path(export).open("rb") as archive:
        return list(unpacking.unpack(archive, folder / CONTENT).files)


def _bring_back(backup: Backup, folder: Path) -> list[ExportedFile]:
    store_of(backup.place).bring_back(backup.copy_id, folder)
    copies.compare(folder)
    listed = json.loads((folder / copies.MANIFEST).read_text())["files"]
    (folder / CONTENT).mkdir(exist_ok=True)  # a copy of a space that held nothing
    return [ExportedFile(file["path"].removeprefix(f"{CONTENT}/"), file["size"], file["sha256"]) for file in listed]


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
