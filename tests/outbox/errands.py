# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tasks for real worker processes: they write into a file what was done."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django_tasks import task

from archipel.outbox.models import Job


def _path(mark: str) -> Path:
    return Path(settings.ARCHIPEL_DATA) / f"errands-{mark}"


@task()
def errand(mark: str, number: int, *, seconds: float = 0.0) -> None:
    handle = os.open(_path(mark), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{number}\n".encode())
    os.close(handle)
    time.sleep(seconds)


@task()
def kill_the_worker() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def ask(*, mark: str, count: int, seconds: float = 0.0) -> None:
    with transaction.atomic():
        for number in range(count):
            errand.enqueue(mark, number, seconds=seconds)


def ask_for_death() -> None:
    kill_the_worker.enqueue()


def run_command(**options: Any) -> None:
    call_command("worker", **options)


def done(*, mark: str) -> list[int]:
    return [int(line) for line in _path(mark).read_text().split()] if _path(mark).exists() else []


def rows() -> list[list[Any]]:
    return [list(row) for row in Job.objects.order_by("pk").values_list("state", "attempts", "token")]


def none_left() -> bool:
    return not Job.objects.filter(state="pending").exists()


def cut_every_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
