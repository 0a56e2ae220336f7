# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory of everything ``./run`` started after the nine steps (sum of PSS), and seconds of a warm start."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from archipel.config.tour import Walk
from bench.serving import Served

MOST_MEBIBYTES = 250
MOST_SECONDS = 5.0


def pss(pid: int) -> int:
    """Return the proportional set size of a process, in KiB (Linux: /proc/PID/smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError(f"no Pss for {pid}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="archipel-bench-") as folder:
        data = Path(folder) / "data"
        with Served(data) as served:
            print(f"first start: {served.seconds:.1f} s")
            Walk(served.address, say=print).all()
            parts = {pid: pss(pid) / 1024 for pid in served.processes()}
        for pid, mebibytes in parts.items():
            print(f"process {pid}: {mebibytes:.1f} MiB")
        with Served(data) as warm:
            seconds = warm.seconds
    memory = sum(parts.values())
    print(f"{memory:.0f} MiB (at most {MOST_MEBIBYTES}), warm start {seconds:.1f} s (at most {MOST_SECONDS:.0f})")
    return 0 if memory <= MOST_MEBIBYTES and seconds <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
