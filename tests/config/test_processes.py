# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes that end by themselves are started again, until something is clearly wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.kill

ENDS_AT_ONCE = """
import sys
from archipel.config.processes import Crew
ended = []
code = Crew("tried", 2, lambda: None, ended=ended.append).run()
print(code, len(ended) >= 5, len(set(ended)) == len(ended))
"""
STOPS_WHEN_TOLD = """
import os, signal, sys, threading, time
from archipel.config.processes import Crew
def work():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    time.sleep(60)
threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()
print(Crew("tried", 2, work).run())
"""


def said(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


def test_processes_that_keep_ending_stop_the_whole_with_a_code():
    done = said(ENDS_AT_ONCE)

    assert (done.stdout, "5 tried processes ended by themselves within a minute" in done.stderr) == (
        "1 True True\n",
        True,
    )


def test_processes_end_when_the_first_is_told():
    assert (said(STOPS_WHEN_TOLD).stdout, "ended by itself" in said(STOPS_WHEN_TOLD).stderr) == ("0\n", False)
