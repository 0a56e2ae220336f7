# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is made ready before anything is served: texts, static files, database, and the host's first content."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import django
from django.core.management import call_command

SOURCE = Path(__file__).resolve().parents[1]
# Seconds a database may take to answer, and another process to bring it up to date, before a start is given up.
DATABASE_PATIENCE, PREPARATION_PATIENCE = 60.0, 600.0
# The number of the lock that preparing takes on PostgreSQL: any, as long as it stays the same.
PREPARATION = 0x41524348


class CannotStart(Exception):
    """Why nothing was started, in one sentence for the terminal."""


def prepare() -> Path:
    """Make ``ARCHIPEL_DATA`` ready for this code and return it; ``CannotStart`` says why it could not be done.

    Texts and static files that were built with the code (``ARCHIPEL_BUILT``) are left alone. Two at once: one waits.
    """
    from django.conf import settings  # late: it reads the environment that ``run`` has just set

    data = Path(settings.ARCHIPEL_DATA)
    os.umask(0o077)
    # Where large uploads wait when TMPDIR says so, and where an upgrade keeps the back-up it begins with.
    for name in ("tmp", "backups"):
        (data / name).mkdir(exist_ok=True)
    if settings.BUILT is None:
        _write_texts(data)
    django.setup()
    with alone(data):
        if settings.BUILT is None:
            _write_static_files(data)
        _bring_up_to_date(data)
    _close_connections()
    return data


def build(folder: Path) -> None:
    """Write texts and static files into a folder, once, for ``ARCHIPEL_BUILT``: an image or a release holds them."""
    from django.conf import settings  # late: as above

    (folder / "locale").mkdir(parents=True, exist_ok=True)
    _write_texts(folder)
    settings.STATIC_ROOT = folder / "static"
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)


def wait_until_prepared() -> None:
    """Return once the database is what this code needs; ``CannotStart`` when it never will be, or not soon."""
    django.setup()
    _wait_for_database()
    end, said = time.monotonic() + PREPARATION_PATIENCE, False
    while True:
        _refuse_newer()
        if not _is_older():
            break
        if time.monotonic() > end:
            raise CannotStart("The database is older than this code and nobody brings it up to date: archipel prepare.")
        if not said:
            print("The database is older than this code: waiting for archipel prepare.", flush=True)
        said = True
        _close_connections()
        time.sleep(1)
    _check_start()
    _close_connections()


def _fingerprint(paths: Iterable[Path]) -> str:
    parts = [f"{path.relative_to(SOURCE)}:{path.stat().st_mtime_ns}:{path.stat().st_size}" for path in sorted(paths)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _unless_done(mark: Path, fingerprint: str) -> bool:
    return not (mark.exists() and mark.read_text() == fingerprint)


def _write_texts(data: Path) -> None:
    from archipel.config.texts import compile_texts  # late: Babel is only loaded when there is something to compile

    catalogues = list(SOURCE.glob("*/locale/*/LC_MESSAGES/django.po"))
    mark, fingerprint = data / "locale" / "compiled-from", _fingerprint(catalogues)
    if _unless_done(mark, fingerprint):
        compile_texts(catalogues, data / "locale")
        mark.write_text(fingerprint)


def _write_static_files(data: Path) -> None:
    mark = data / "static-made-from"
    fingerprint = _fingerprint(path for path in SOURCE.glob("*/static/**/*") if path.is_file())
    if _unless_done(mark, fingerprint) or not (data / "static").exists():
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        mark.write_text(fingerprint)


def _bring_up_to_date(data: Path) -> None:
    _wait_for_database()
    _refuse_newer()
    running = _running(data)
    if not _is_older():
        if running:
            raise CannotStart(
                f"Archipel is already running on this data (process {running}). Stop it with Ctrl-C there."
            )
    else:
        if running:
            _stop(running)
        _migrate(data)
    _make_cache()
    _check_start()
    _first_content()


def _make_cache() -> None:
    from django.conf import settings  # late: after django.setup()
    from django.db import connections  # late: after django.setup()

    # A back-up does not hold the cache: what was just restored has none.
    if "cache" in settings.DATABASES and "cache" not in connections["cache"].introspection.table_names():
        call_command("createcachetable", database="cache", verbosity=0)


def _is_older() -> bool:
    from django.db import connection  # late: after django.setup()
    from django.db.migrations.executor import MigrationExecutor  # late: after django.setup()

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_newer() -> None:
    """Refuse a database whose changes this code does not know: it would read it wrongly, and write it worse."""
    from django.db import connection  # late: after django.setup()
    from django.db.migrations.loader import MigrationLoader  # late: after django.setup()

    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations) | set(loader.replacements)
    unknown = sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in loader.migrated_apps and (app, name) not in known
    )
    if unknown:
        raise CannotStart(
            f"This database belongs to a newer Archipel (it knows {', '.join(unknown[:3])}). Start that version, "
            "or put back the back-up made before the upgrade: docs/operating/upgrading.md. Nothing was changed."
        )


def _wait_for_database() -> None:
    from django.db import OperationalError, connection  # late: after django.setup()

    end = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as problem:
            if time.monotonic() > end:
                raise CannotStart(f"The database does not answer: {problem}") from problem
            time.sleep(1)
        else:
            return


def _running(data: Path) -> int:
    try:
        pid = int((data / "run.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return pid if b"archipel.config.run" in words and pid != os.getpid() else 0


def _stop(pid: int) -> None:
    print("An older Archipel is running on this data: stopping it before the database changes.", flush=True)
    os.kill(pid, signal.SIGTERM)
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    raise CannotStart(f"The older Archipel (process {pid}) does not stop; end it and start again.")


def _migrate(data: Path) -> None:
    from django.conf import settings  # late: after django.setup()

    database = Path(str(settings.DATABASES["default"]["NAME"]))
    copy = _copy(database, data) if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else None
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if "cache" in settings.DATABASES:
            call_command("createcachetable", database="cache", verbosity=0)
    except Exception as problem:
        _close_connections()
        if copy:
            _put_back(copy, database)
        kept = " The database was put back as it was." if copy else " Each change of the database is whole or undone."
        raise CannotStart(f"The database could not be brought up to date: {problem}.{kept}") from problem


def _copy(database: Path, data: Path) -> Path | None:
    if not _holds_something(database):
        return None
    folder = data / "backups"
    folder.mkdir(exist_ok=True)
    copy = folder / f"before-migration-{datetime.now(UTC):%Y%m%d-%H%M%S}.sqlite3"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    print(f"The data is from an older Archipel: a copy of the database is kept in {copy}.", flush=True)
    return copy


def _holds_something(database: Path) -> bool:
    if not database.exists():
        return False
    with closing(sqlite3.connect(database)) as source:
        return bool(source.execute("select count(*) from sqlite_master").fetchone()[0])


def _put_back(copy: Path, database: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)
    shutil.copyfile(copy, database)


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Prepare one at a time: on this data folder, and on the database when several machines share it."""
    from django.db import connection  # late: after django.setup()

    with (data / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        _wait_for_database()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARATION])
        try:
            yield
        finally:
            # Closing a connection gives its locks back, also the one that a failed migration left behind.
            connection.close()


def _check_start() -> None:
    from archipel.config import engine, keycloak  # late: after django.setup()
    from archipel.host.checks import StartRefused, check_start  # late: after django.setup()

    try:
        check_start()
        keycloak.check_settings()
        engine.check_settings()
    except (StartRefused, keycloak.MissingSetting, engine.WrongAddress) as problem:
        raise CannotStart(str(problem)) from problem


def _first_content() -> None:
    from django.conf import settings  # late: after django.setup()

    from archipel.host.models import Host  # late: after django.setup()

    if settings.DEMONSTRATION and not Host.objects.exists():
        print("Loading the demonstration host…", flush=True)
        call_command("demonstration")


def _close_connections() -> None:
    from django.db import connections  # late: after django.setup()

    # A connection must never cross a fork.
    connections.close_all()


def welcome(bind: str, port: int) -> str:
    """Return what the terminal shows once everything answers."""
    from django.conf import settings  # late: after django.setup()

    address = f"http://{f'[{bind}]' if ':' in bind else bind}:{port}"
    if settings.DEMONSTRATION:
        from archipel.portal.demonstration.sign_ins import PASSPHRASE, SIGN_INS  # late: after django.setup()

        rows = "\n".join(f"    {email:<28} {who}" for email, who in SIGN_INS)
        return (
            f"\n  Archipel, demonstration host:  {address}/\n"
            f"  Mails it would have sent:      {address}/demonstration/mails/\n"
            f"  Sign in as one of these, with the passphrase  {PASSPHRASE}\n{rows}\n\n  Ctrl-C stops everything.\n"
        )
    from archipel.host.models import Host  # late: after django.setup()
    from archipel.host.operations import new_set_up_code  # late: after django.setup()

    if Host.objects.filter(set_up_at__isnull=False).exists():
        _close_connections()
        return f"\n  Archipel:  {address}/\n  Ctrl-C stops everything.\n"
    code = new_set_up_code()
    _close_connections()
    return f"\n  Set up your host:  {address}/set-up/\n  One-time code:     {code}\n\n  Ctrl-C stops everything.\n"
