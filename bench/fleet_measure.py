# SPDX-License-Identifier: AGPL-3.0-or-later
"""The night's usage reading of a fleet of spaces, and the pages of the desk, against a tenth of it.

The applications are fakes that answer in 50 ms; one call in a hundred is silent until its time is over. Bounds: the
reading takes at most 12 times that of a tenth of the fleet, each page at most 1.3 times (the best of 7 rounds counts).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.serving import ROOT, environment_for, free_port

FLEET = 10_000
LARGEST_READING, LARGEST_PAGE = 12.0, 1.3


def measured(count: int) -> dict[str, float]:
    """Return seconds by name, in a house of its own with so many spaces."""
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_for(Path(folder) / "data", free_port())
        command = [sys.executable, "-m", "bench.fleet_house", str(count)]
        answer = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FLEET
    small, large = measured(count // 10), measured(count)
    wrong = []
    for name, seconds in large.items():
        ratio = seconds / small[name]
        bound = LARGEST_READING if name == "reading" else LARGEST_PAGE
        print(f"{name:16} {small[name]:8.3f} s with {count // 10}, {seconds:8.3f} s with {count}: {ratio:.2f} times")
        if ratio > bound:
            wrong.append(name)
    pages = max(large[name] / small[name] for name in large if name != "reading")
    print(
        f"fleet: {count} spaces read in {large['reading']:.1f} s, {large['reading'] / small['reading']:.2f} times a tenth of them; pages at most {pages:.2f} times"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
