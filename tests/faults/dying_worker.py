# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m tests.faults.dying_worker KIND STEP CALLS``: the worker of a real host, which SIGKILL ends in a step.

``CALLS``: after so many answers of the engine; 0: once all of the step was done outside, and none of it recorded.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from archipel.config import command
from archipel.procedures import faults


def main() -> None:
    kind, step, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    send, answers, within = requests.Session.send, 0, False

    def counted(self, request, **named):
        nonlocal answers
        answer = send(self, request, **named)
        answers += within
        if answers == calls > 0:
            die()
        return answer

    @contextmanager
    def dying(its_kind: str, its_step: str, _package: str) -> Iterator[None]:
        nonlocal within
        within = (its_kind, its_step) == (kind, step)
        yield
        if within:
            die()

    requests.Session.send, faults.inside = counted, dying
    sys.argv[1:] = ["worker", "--threads", "2"]
    command.main()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
