# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten thousand spaces in containers behind one Caddy, beside a thousand: seconds to compute all routes, to push them,
to change one, and how long an answer of the proxy's own takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.serving import ROOT, environment_for, free_port

SMALL, LARGE = 1_000, 10_000
LARGEST_RATIO, LONGEST_PUSH, LONGEST_CHANGE, LONGEST_ANSWER = 12.0, 15.0, 5.0, 0.05


def house(folder: Path, count: int) -> dict[str, float]:
    """Seed and measure one house in a process of its own, and return its seconds."""
    command = [sys.executable, "-m", "bench.seed", "routes", str(count)]
    environment = environment_for(folder / f"data-{count}", free_port()) | {"ARCHIPEL_DATABASE": ""}
    said = subprocess.run(command, check=True, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    print(f"{count} spaces: " + ", ".join(f"{name} {value:.3f}" for name, value in found.items()), flush=True)
    return found


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="archipel-routes-") as folder:
        small, large = (house(Path(folder), count) for count in (SMALL, LARGE))
    ratio = large["compute"] / small["compute"]
    bounds = {
        "push": LONGEST_PUSH,
        "change": LONGEST_CHANGE,
        "answer": LONGEST_ANSWER,
    }
    good = ratio <= LARGEST_RATIO and all(large[name] <= bound for name, bound in bounds.items())
    print(
        f"routes of {LARGE} spaces: computed in {large['compute']:.2f} s ({ratio:.1f} times {SMALL}, at most {LARGEST_RATIO:.0f}), "
        f"pushed in {large['push']:.2f} s, one changed in {large['change']:.2f} s, an answer in {large['answer'] * 1000:.1f} ms"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
