# SPDX-License-Identifier: AGPL-3.0-or-later
"""Benchmarks are run by hand: what they load must still load, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(path for path in (ROOT / "bench").iterdir() if path.is_file() and not path.suffix)
# Run by a program of them with the settings of a house.
IN_A_HOUSE = ["bench.node_loss_house", "bench.node_loss_rows", "bench.fleet_house"]

pytestmark = pytest.mark.slow


def loaded(module: str, **more: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ARCHIPEL_", "DJANGO_"))}
    environment = clean | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"} | more
    first = "import django; django.setup(); " if more else ""
    done = subprocess.run(
        [sys.executable, "-c", f"{first}import {module}"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    return done.stderr[-500:]


def test_each_program_loads_what_it_runs(tmp_path):
    modules = [found for path in PROGRAMS for found in re.findall(r"-m (bench\.\w+)", path.read_text())]
    house = {"DJANGO_SETTINGS_MODULE": "archipel.config.settings", "ARCHIPEL_DATA": str(tmp_path), "ARCHIPEL_MODE": "real"}  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(modules, pool.map(loaded, modules), strict=True))
        said |= dict(zip(IN_A_HOUSE, pool.map(lambda one: loaded(one, **house), IN_A_HOUSE), strict=True))

    assert (len(modules), said) == (len(PROGRAMS), dict.fromkeys(said, ""))
