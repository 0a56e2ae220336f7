# SPDX-License-Identifier: AGPL-3.0-or-later
"""A copy of the whole database at one instant, while others write; and putting it into an empty one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NAMES = {SQLITE: "database.sqlite3", POSTGRESQL: "database.dump"}


class CopyFailed(Exception):
    """The database could not be copied or put back; the message is for who runs the machine."""


def engine() -> str:
    """Return which of the two databases this installation uses."""
    return connection.vendor


def copy_to(folder: Path) -> Path:
    """Write a consistent copy of the database into a folder and return it."""
    target = folder / NAMES[engine()]
    if engine() == SQLITE:
        _copy_sqlite(target)
    else:
        _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])
    target.chmod(0o600)
    return target


def _copy_sqlite(target: Path) -> None:
    # SQLite's back-up API: readers and writers go on, the copy is of one instant.
    source = f"file:{connection.settings_dict['NAME']}?mode=ro"
    with closing(sqlite3.connect(source, uri=True)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        check_sqlite(target)


def check_sqlite(file: Path) -> None:
    """Refuse a file that SQLite finds inconsistent (``CopyFailed``)."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        try:
            found = database.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise CopyFailed(f"the copy of the database is damaged: {error}") from error
    if found != "ok":
        raise CopyFailed(f"the copy of the database is damaged: {found}")


def is_empty() -> bool:
    """Return whether the PostgreSQL database of this installation holds no table."""
    return not connection.introspection.table_names()


def put_back_postgresql(dump: Path) -> None:
    """Fill the empty PostgreSQL database from a dump, wholly or not at all."""
    _run("pg_restore", ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(dump)])


def replace_with(copy: Path) -> None:
    """Put a copy in the place of the present database, wholly or not at all (``CopyFailed``)."""
    if engine() == SQLITE:
        check_sqlite(copy)
        present = Path(str(connection.settings_dict["NAME"]))
        connection.close()
        # With the file its journal goes: what it holds belongs to the former content.
        for ending in ("-wal", "-shm"):
            Path(f"{present}{ending}").unlink(missing_ok=True)
        copy.chmod(0o600)
        copy.replace(present)
        return
    connection.close()
    sql = copy.with_suffix(".sql")
    _run("pg_restore", ["--no-owner", "--no-privileges", f"--file={sql}", str(copy)], connect=False)
    empty = copy.with_name("empty.sql")
    empty.write_text("DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")
    _run(
        "psql",
        ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={empty}", f"--file={sql}"],
    )


def _run(program: str, arguments: list[str], *, connect: bool = True) -> None:
    found = shutil.which(program)
    if found is None:
        raise CopyFailed(f"{program} is missing on this machine. On Debian: apt install postgresql-client")
    settings: dict[str, Any] = connection.settings_dict
    given = {
        "PGHOST": settings["HOST"], "PGPORT": settings["PORT"], "PGUSER": settings["USER"], "PGPASSWORD": settings["PASSWORD"],
    }  # fmt: skip
    environment = os.environ | {name: str(value) for name, value in given.items() if value}
    target = [f"--dbname={settings['NAME']}"] if connect else []
    done = subprocess.run([found, *target, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program
    if done.returncode:
        raise CopyFailed(f"{program}: {done.stderr.strip()[-500:]}")
