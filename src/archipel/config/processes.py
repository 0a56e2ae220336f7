# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes that share one loaded Archipel: forked from a parent that starts them again and stops them together."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

# Seconds a child may take to finish what it is doing before it is killed; what it left is resumed.
PATIENCE = 25.0
# A child that ends by itself is started again, unless so many ended within so many seconds: then something is wrong.
ENDS, WITHIN = 5, 60.0


def fork(name: str, work: Callable[[], None]) -> int:
    """Run ``work`` in a child of its own process group and return the child's id."""
    sys.stdout.flush()
    sys.stderr.flush()
    # What is loaded by now stays: a child whose collector never looks at it leaves its memory shared with the parent.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid:
        return pid
    # In the child: die with the parent's terminal only through the parent, which passes signals on.
    os.setpgid(0, 0)
    code = 0
    try:
        work()
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        code = int(end.code or 0) if isinstance(end.code, int | None) else 1
    except BaseException:
        import traceback  # late: only when a child fails

        print(f"{name} stopped on an error:", file=sys.stderr)
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def die_with_parent() -> None:
    """Be told to stop when the parent is killed: nothing it started is left behind."""
    import ctypes  # late: only in the children

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def signal_all(children: dict[int, str], number: int) -> None:
    """Send a signal to each of the children that is still there."""
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Crew:
    """Several processes of one kind, started again when one ends by itself; ``run`` returns the exit code."""

    def __init__(self, name: str, count: int, work: Callable[[], None], *, ended: Callable[[int], None] | None = None):
        self.name, self.count, self.work, self.ended = name, count, work, ended
        self.children: dict[int, str] = {}
        self._ends: deque[float] = deque(maxlen=ENDS)
        self._asked = 0.0

    def run(self) -> int:
        """Keep as many processes as wanted until SIGTERM or SIGINT, then let them finish; 1 when they keep ending."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for _ in range(self.count):
            self._start()
        code = 0
        while self.children:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid:
                code = self._replace(pid) or code
            else:
                self._wait()
        return code

    def _start(self) -> None:
        self.children[fork(self.name, self._work)] = self.name

    def _work(self) -> None:
        # The parent's handlers would stop the parent's children, not this process.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        die_with_parent()
        self.work()

    def _replace(self, pid: int) -> int:
        self.children.pop(pid, None)
        if self.ended:
            self.ended(pid)
        if self._asked:
            return 0
        self._ends.append(time.monotonic())
        if len(self._ends) == ENDS and self._ends[-1] - self._ends[0] < WITHIN:
            print(f"{ENDS} {self.name} processes ended by themselves within a minute: stopping.", file=sys.stderr)
            self._stop()
            return 1
        print(f"A {self.name} process ended by itself: another one is started.", file=sys.stderr, flush=True)
        self._start()
        return 0

    def _wait(self) -> None:
        if self._asked and time.monotonic() - self._asked > PATIENCE:
            signal_all(self.children, signal.SIGKILL)
        time.sleep(0.1)

    def _stop(self, *_: object) -> None:
        self._asked = self._asked or time.monotonic()
        signal_all(self.children, signal.SIGTERM)
