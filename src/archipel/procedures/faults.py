# SPDX-License-Identifier: AGPL-3.0-or-later
"""Faults on purpose, for tests: ``ARCHIPEL_FAULT=kill:<kind>:<step>:inside`` in the environment of a worker.

``kill`` ends the process as SIGKILL does, ``later`` and ``refuse`` stand for an outside that is silent or says no.
``before``: the step is recorded as begun, nothing of it ran. ``inside``: in the middle of its function, at its third
call of our code (``inside@7``: the seventh), at the latest when it returns; its result is not recorded. ``after``: its
result is recorded. Inert in production: read only where ``settings.DEMONSTRATION`` is true.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from django.conf import settings

from archipel.kernel.outside import RefusedOutside, TryLater

DEFAULT_CALL = 3


@dataclass(frozen=True)
class Fault:
    action: str
    kind: str
    step: str
    moment: str
    call: int


def planned() -> Fault | None:
    """Return the fault this process is to suffer; None in production, whatever the environment says."""
    words = os.environ.get("ARCHIPEL_FAULT", "")
    if not words or not settings.DEMONSTRATION:
        return None
    action, kind, step, moment = words.split(":")
    moment, _, call = moment.partition("@")
    return Fault(action, kind, step, moment, int(call or DEFAULT_CALL))


def strike(kind: str, step: str, moment: str) -> None:
    """Suffer the planned fault, if it is for here."""
    fault = planned()
    if fault and (fault.kind, fault.step, fault.moment) == (kind, step, moment):
        _suffer(fault)


@contextmanager
def inside(kind: str, step: str, package: str) -> Iterator[None]:
    """Suffer the planned fault in the middle of the step that runs in this block; calls of ``package`` are counted."""
    fault = planned()
    if fault is None or (fault.kind, fault.step, fault.moment) != (kind, step, "inside"):
        yield
        return
    left = fault.call

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal left
        if event == "call" and str(frame.f_globals.get("__name__")).split(".")[0] == package:
            left -= 1
            if left <= 0:
                sys.setprofile(None)
                _suffer(fault)

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
    _suffer(fault)


def _suffer(fault: Fault) -> None:
    if fault.action == "later":
        raise TryLater("fault on purpose")
    if fault.action == "refuse":
        raise RefusedOutside("full", "fault on purpose")
    os.kill(os.getpid(), signal.SIGKILL)
