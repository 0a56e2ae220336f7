# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a step may be cut in two: after each commit and each write to the store; called in children."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from archipel.connectors.websites.folder import FolderStore
from archipel.outbox.worker import drain
from archipel.procedures.definitions import definition_of


def _code(function: Any) -> CodeType:
    return getattr(function, "__wrapped__", function).__code__


WRITES = {
    _code(function) for function in (BaseDatabaseWrapper.commit, FolderStore.put, FolderStore.swap, FolderStore.delete)
}


def writes_of_steps(*, kind: str) -> dict[str, list[int]]:
    """Run a procedure, and return for each step the number of the first call of our code after each of its writes.

    Calls are counted as ``ARCHIPEL_FAULT=…:inside@n`` counts them: the step's function is the first.
    """
    definition = definition_of(kind)
    assert definition
    steps = {step.run.__code__: step.name for step in definition.steps}
    found: dict[str, list[int]] = {name: [] for name in steps.values()}
    here, calls = "", 0

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal here, calls
        if event == "call":
            if frame.f_code in steps:
                here, calls = steps[frame.f_code], 0
            calls += str(frame.f_globals.get("__name__")).split(".")[0] == "archipel"
        elif event == "return" and here:
            if frame.f_code in WRITES:
                found[here].append(calls + 1)
            elif frame.f_code in steps:
                here = ""

    sys.setprofile(count)
    try:
        drain()
    finally:
        sys.setprofile(None)
    return {name: sorted(set(points)) for name, points in found.items()}
