# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from archipel.outbox.worker import Worker

GRACE = 25.0


class Command(BaseCommand):
    help = "Deliver facts and run tasks until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=1, help="how many jobs at once (default: 1)")
        parser.add_argument("--once", action="store_true", help="one turn only")
        parser.add_argument("--until-empty", action="store_true", help="stop when nothing is due")

    def handle(self, *, threads: int, once: bool, until_empty: bool, **options: Any) -> None:
        worker = Worker(threads=max(1, threads))
        if threading.current_thread() is threading.main_thread():
            _stop_on_signals(worker)
        worker.run(once=once, until_empty=until_empty)


def _stop_on_signals(worker: Worker) -> None:
    """First signal: finish what runs. Second, or after 25 s: leave at once, the leases lapse and others go on."""

    def stop(number: int, frame: FrameType | None) -> None:
        if worker.stopping.is_set():
            os._exit(128 + number)
        worker.stop()
        leave = threading.Timer(GRACE, os._exit, args=(128 + number,))
        leave.daemon = True
        leave.start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
