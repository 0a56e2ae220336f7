# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real worker processes that cost no start-up: one parent loads Django once and forks a child for each order.

The parent holds no database connection. Every case has a database of its own, copied from a template that was
migrated once (a file on SQLite, ``CREATE DATABASE … TEMPLATE`` on PostgreSQL). Orders and answers are lines of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Names the modules that the parent loads, so that no child has to: those of the functions it calls, definitions.
LOADED = "NURSERY_MODULES"
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Answer:
    """``status`` as ``subprocess`` gives it (negative: the signal that ended the child); ``result`` is JSON."""

    status: int
    result: Any


class Case:
    """A database of its own in the nursery."""

    def __init__(self, nursery: Nursery, name: str) -> None:
        self.nursery = nursery
        self.name = name

    def copy(self) -> Case:
        """Return a case that begins with what this one holds now; none of its children may be alive."""
        return Case(self.nursery, str(self.nursery.ask("copy", database=self.name).result))

    def call(self, function: str, *, fault: str = "", **kwargs: Any) -> Answer:
        """Run ``package.module.function(**kwargs)`` in a child and wait for it."""
        return self.nursery.ask("run", database=self.name, function=function, fault=fault, kwargs=kwargs)

    def begin(self, function: str, *, fault: str = "", **kwargs: Any) -> int:
        """The same, without waiting; returns the pid for ``wait``."""
        answer = self.nursery.ask("begin", database=self.name, function=function, fault=fault, kwargs=kwargs)
        return int(answer.result)

    def wait(self, pid: int) -> Answer:
        return self.nursery.ask("wait", pid=pid)

    def kill(self, pid: int) -> Answer:
        return self.nursery.ask("kill", pid=pid)

    def signal(self, pid: int, number: int) -> None:
        self.nursery.ask("signal", pid=pid, number=number)


class Nursery:
    """The test's side: starts the parent and speaks with it. ``settings`` are variables of its environment."""

    def __init__(self, folder: Path, **settings: str) -> None:
        environment = os.environ | {
            "ARCHIPEL_TEST_DATA": str(folder),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]),
            **settings,
        }
        self.folder = folder
        self._log = (folder / "nursery.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.procedures.nursery"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.ask("hello")

    def fresh(self) -> Case:
        """Return a case with an empty, migrated database."""
        return Case(self, str(self.ask("fresh").result))

    def ask(self, order: str, **details: Any) -> Answer:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"order": order, **details}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the nursery died: {(self.folder / 'nursery.log').read_text()[-2000:]}"
        answer = json.loads(line)
        assert "trouble" not in answer, answer["trouble"]
        return Answer(answer["status"], answer.get("result"))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(120)  # a database for each case is dropped
        self._log.close()


def work_until(*, done: str, timeout: float = 30.0) -> int:
    """Run a worker until ``done()`` is true; to be called in a child. ``TimeoutError`` when it never is."""
    from django.db import DatabaseError, connection
    from django.utils.module_loading import import_string

    from archipel.outbox.worker import Worker

    is_done: Callable[[], bool] = import_string(done)
    worker, expired = Worker(), threading.Event()

    def watch() -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end and not worker.stopping.is_set():
            try:
                if is_done():
                    break
            except DatabaseError:  # cut off on purpose: only the worker's way out of it is under test
                connection.close()
            time.sleep(0.03)
        else:
            expired.set()
        connection.close()
        worker.stop()

    watching = threading.Thread(target=watch)
    watching.start()
    ran = worker.run()
    worker.stop()
    watching.join()
    if expired.is_set():
        raise TimeoutError(f"{done} was not true after {timeout} s")
    return ran


# The parent's side, from here on.


class Parent:
    def __init__(self) -> None:
        from django.conf import settings

        self.settings = settings.DATABASES["default"]
        self.on_file = "sqlite3" in self.settings["ENGINE"]
        self.mark = uuid.uuid4().hex[:8]
        self.folder = Path(settings.ARCHIPEL_DATA)
        self.template = str(self.folder / "template.sqlite3") if self.on_file else f"nursery_{self.mark}"
        self.children: dict[int, int] = {}
        self.cases: list[str] = []

    def prepare(self) -> None:
        """Make the template, in a child: the parent must never hold a connection."""
        if not self.on_file:
            self._administer(f'CREATE DATABASE "{self.template}"')
        self._must(self._begin(self.template, _prepare_template, {}, ""))

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        kind = order["order"]
        if kind == "fresh":
            (self.folder / "demonstration-clock").unlink(missing_ok=True)
            return {"status": 0, "result": self._copy(self.template)}
        if kind == "copy":
            return {"status": 0, "result": self._copy(order["database"])}
        if kind in ("run", "begin"):
            pid = self._begin(order["database"], order["function"], order["kwargs"], order["fault"])
            return self._wait(pid) if kind == "run" else {"status": 0, "result": pid}
        if kind in ("kill", "signal"):
            os.kill(order["pid"], order.get("number", signal.SIGKILL))
        return self._wait(order["pid"]) if kind in ("wait", "kill") else {"status": 0}

    def close(self) -> None:
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        if not self.on_file:
            names = [*self.cases, self.template]
            self._administer(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names))

    def _copy(self, source: str) -> str:
        number = len(self.cases)
        if self.on_file:
            name = str(self.folder / f"case-{number}.sqlite3")
            # Not the file alone: a child that ended at once left its last writes in the log beside it.
            with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(name)) as copy:
                original.backup(copy)
        else:
            name = f"{self.template}_{number}"
            self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        self.cases.append(name)
        return name

    def _begin(self, database: str, function: Any, kwargs: dict[str, Any], fault: str) -> int:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            self.settings["NAME"] = database
            os.environ["ARCHIPEL_FAULT"] = fault
            _live(function, kwargs, writer)
        os.close(writer)
        self.children[pid] = reader
        return pid

    def _wait(self, pid: int) -> dict[str, Any]:
        reader = self.children.pop(pid)
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        return {"status": os.waitstatus_to_exitcode(status), "result": json.loads(said) if said else None}

    def _must(self, pid: int) -> None:
        answer = self._wait(pid)
        if answer["status"]:
            raise RuntimeError("the template could not be made")

    def _administer(self, *statements: str) -> None:
        import psycopg

        where = self.settings
        address = f"host={where['HOST']} port={where['PORT']} user={where['USER']} dbname=postgres"
        with psycopg.connect(address, password=where["PASSWORD"] or None, autocommit=True) as connection:
            for sql in statements:
                connection.execute(sql)


def _live(function: Any, kwargs: dict[str, Any], writer: int) -> None:
    """A child's whole life."""
    from django.utils.module_loading import import_string

    status = 1
    try:
        found = import_string(function) if isinstance(function, str) else function
        result = found(**kwargs)
        os.write(writer, json.dumps(result).encode())
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _prepare_template() -> None:
    from datetime import timedelta

    from django.core.management import call_command
    from django.db import connection

    from archipel.kernel import clock
    from archipel.outbox import periodic
    from archipel.outbox.models import Periodic

    call_command("migrate", verbosity=0)
    # What strikes by the hour is not the subject of these tests.
    periodic.ensure_rows()
    Periodic.objects.update(next_due=clock.now() + timedelta(days=3650))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def main() -> None:
    import django

    django.setup()
    for name in os.environ.get(LOADED, "tests.procedures.toy").split():
        import_module(name)
    parent = Parent()
    try:
        parent.prepare()
        for line in sys.stdin:
            try:
                answer = parent.answer(json.loads(line))
            except Exception:
                answer = {"trouble": traceback.format_exc()}
            print(json.dumps(answer), flush=True)
    finally:
        parent.close()


if __name__ == "__main__":
    main()
