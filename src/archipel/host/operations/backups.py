# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings

from archipel.host import archives, database_copies
from archipel.kernel import clock, door

KEY_FILES = ("secret-key", "encryption-keys")
SHORTEST_PASSPHRASE = 12
# What is made again by itself, belongs to one machine, or travels otherwise (database, keys).
LEFT_OUT = frozenset(
    {
        "keys",
        "breached",
        "static",
        "static-made-from",
        "locale",
        "backups",
        "run.pid",
        "prepare.lock",
        "closed",
        "set-up-code",
        "outbox-wake",
        "tmp",
    }
    | {f"{name}.sqlite3{ending}" for name in ("archipel", "cache") for ending in ("", "-wal", "-shm", "-journal")}
)
# A data folder that holds nothing else is empty: these are made by the mere start of a command.
MADE_AT_START = frozenset({"keys", "static", "static-made-from", "locale", "prepare.lock", "tmp", "backups"})
# What a restoration that was killed leaves: never an installation's, never in a back-up.
SCRATCH = ".restoring-"


class BackupRefused(Exception):
    """Nothing was written or put back; the message says why and what to do, for who runs the machine."""


@dataclass(frozen=True)
class BackupResult:
    """What a back-up holds: how many files beside the database, the bytes of all, and what it does not hold (a sentence)."""

    files: int
    size: int
    note: str = ""


def back_up(*, file: Path, passphrase: str) -> BackupResult:
    """Write database, files and locked keys into one file, while Archipel runs; files follow the database's instant."""
    _check_passphrase(passphrase)
    if file.exists():
        raise BackupRefused(f"{file} exists already: choose another name, a back-up is never written over.")
    if not file.parent.is_dir():
        raise BackupRefused(f"The folder {file.parent} does not exist.")
    place = Path(settings.ARCHIPEL_DATA)
    try:
        with archives.written(file) as archive, tempfile.TemporaryDirectory(dir=file.parent) as scratch:
            database = database_copies.copy_to(Path(scratch))
            archive.add(database, database.name)
            # After the database: what it names is there, and what comes later is only surplus.
            for path in _files(place):
                if path.absolute() not in (file.absolute(), file.absolute().with_name(file.name + ".partial")):
                    archive.add(path, f"files/{path.relative_to(place)}")
            keys = {name: (place / "keys" / name).read_text() for name in KEY_FILES}
            archive.close(_facts(), keys, passphrase)
            held = len(archive.entries) - 1
    except database_copies.CopyFailed as problem:
        raise BackupRefused(str(problem)) from problem
    except OSError as problem:
        raise BackupRefused(f"The back-up could not be written: {problem.strerror or problem}.") from problem
    bucket = settings.S3.get("bucket", "")
    note = f"Websites are in the S3 bucket {bucket}: copy it too, this file does not hold them." if bucket else ""
    return BackupResult(held, file.stat().st_size, note)


def restore(*, file: Path, passphrase: str, into: Path | None = None) -> BackupResult:
    """Put a back-up into an empty folder (``ARCHIPEL_DATA`` unless said), wholly or not at all."""
    folder = (into or Path(settings.ARCHIPEL_DATA)).absolute()
    if not file.is_file():
        raise BackupRefused(f"{file} does not exist.")
    if folder.exists() and any(name not in MADE_AT_START for name in _names(folder)):
        raise BackupRefused(f"{folder} is not empty: a back-up only goes into an empty folder. Nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Inside: the folder of the data may be all that who runs Archipel can write to (/var/lib/archipel).
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch:
        opened = _opened(file, Path(scratch), passphrase)
        _check_fits(opened.manifest)
        _put_in_place(opened, folder)
    size = sum(entry["size"] for entry in opened.manifest["files"].values())
    return BackupResult(len(opened.manifest["files"]) - 1, size, opened.manifest.get("note", ""))


def look_into(*, file: Path, passphrase: str) -> BackupResult:
    """Open a back-up wholly, check each of its files and its database, put nothing in place (``BackupRefused``)."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".looking-") as scratch:
        opened = _opened(file, Path(scratch), passphrase)
        name = database_copies.NAMES[opened.manifest["database"]]
        if opened.manifest["database"] == database_copies.SQLITE:
            try:
                database_copies.check_sqlite(opened.folder / name)
            except database_copies.CopyFailed as problem:
                raise BackupRefused(str(problem)) from problem
    files = opened.manifest["files"]
    return BackupResult(len(files) - 1, sum(entry["size"] for entry in files.values()), opened.manifest.get("note", ""))


def restore_database(*, file: Path, passphrase: str) -> None:
    """Put the database of a back-up of this very installation in the place of the present one, wholly or not at all.

    Files and keys stay as they are: it is the way back of an upgrade. Nobody may act meanwhile: the door must be closed.
    """
    if not door.is_closed():
        raise BackupRefused("Somebody could act meanwhile: archipel close-door first. Nothing was changed.")
    if not file.is_file():
        raise BackupRefused(f"{file} does not exist.")
    place = Path(settings.ARCHIPEL_DATA)
    with tempfile.TemporaryDirectory(dir=place, prefix=SCRATCH) as scratch:
        opened = _opened(file, Path(scratch), passphrase)
        if opened.keys != {name: (place / "keys" / name).read_text() for name in KEY_FILES}:
            raise BackupRefused(
                "This back-up is of another installation, or from before the keys changed. Nothing was changed."
            )
        _check_kind(opened.manifest)
        try:
            database_copies.replace_with(opened.folder / database_copies.NAMES[opened.manifest["database"]])
        except database_copies.CopyFailed as problem:
            raise BackupRefused(f"{problem} Nothing was changed.") from problem


def _check_passphrase(passphrase: str) -> None:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupRefused(
            f"The passphrase of a back-up has {SHORTEST_PASSPHRASE} signs at least: four words will do."
        )


def _facts() -> dict[str, Any]:
    return {
        "archipel": _version(),
        "made_at": clock.now().isoformat(),
        "database": database_copies.engine(),
        "bucket": settings.S3.get("bucket", ""),
    }


def _version() -> str:
    try:
        return version("archipel")
    except PackageNotFoundError:
        return "0.1.0"


def _names(folder: Path) -> Iterator[str]:
    return (path.name for path in folder.iterdir() if not path.name.startswith(SCRATCH))


def _files(place: Path) -> Iterator[Path]:
    for top in sorted(place.iterdir()):
        if top.name in LEFT_OUT or top.name.startswith(SCRATCH) or top.is_symlink():
            continue
        if top.is_file():
            yield top
        elif top.is_dir():
            yield from (path for path in sorted(top.rglob("*")) if path.is_file() and not path.is_symlink())


def _opened(file: Path, scratch: Path, passphrase: str) -> archives.Opened:
    try:
        return archives.spread_out(file, scratch, passphrase)
    except archives.WrongPassphrase as problem:
        raise BackupRefused("This passphrase does not open this back-up. Nothing was changed.") from problem
    except archives.Damaged as problem:
        raise BackupRefused(f"This back-up is damaged ({problem}). Nothing was changed: take another one.") from problem
    except OSError as problem:
        raise BackupRefused(
            f"This machine could not spread the back-up out: {problem.strerror}. Nothing was changed: there must be room "
            f"for its content below {scratch.parent}, and {file} must be readable."
        ) from problem


def _check_fits(manifest: dict[str, Any]) -> None:
    if manifest["format"] != archives.FORMAT:
        raise BackupRefused(
            "This back-up was made by a newer Archipel: install that version first. Nothing was changed."
        )
    _check_kind(manifest)
    if database_copies.engine() == database_copies.POSTGRESQL and not database_copies.is_empty():
        raise BackupRefused("The PostgreSQL database is not empty. Nothing was changed: give an empty one.")


def _check_kind(manifest: dict[str, Any]) -> None:
    made_on, here = manifest["database"], database_copies.engine()
    if made_on != here:
        wanted = (
            "Set ARCHIPEL_DATABASE to an empty PostgreSQL database"
            if here == database_copies.SQLITE
            else "Unset ARCHIPEL_DATABASE"
        )
        raise BackupRefused(f"This back-up holds a {made_on} database, here it is {here}. {wanted}, then try again.")


def _put_in_place(opened: archives.Opened, folder: Path) -> None:
    name = database_copies.NAMES[opened.manifest["database"]]
    try:
        if opened.manifest["database"] == database_copies.SQLITE:
            database_copies.check_sqlite(opened.folder / name)
        else:
            database_copies.put_back_postgresql(opened.folder / name)
    except database_copies.CopyFailed as problem:
        raise BackupRefused(f"{problem} Nothing was changed.") from problem
    _write_keys(opened.keys, folder / "keys")
    held = opened.folder / "files"
    for top in sorted(held.iterdir()) if held.exists() else []:
        shutil.move(top, folder / top.name)
    if opened.manifest["database"] == database_copies.SQLITE:
        # Last: until the database is there, the folder still counts as unfinished and not as an installation.
        shutil.move(opened.folder / name, folder / "archipel.sqlite3")


def _write_keys(keys: dict[str, str], folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    for name in KEY_FILES:
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(keys[name])
