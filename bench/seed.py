# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m bench.seed wave|pages COUNT``: the demonstration host, then the rows of a benchmark, in a process of its own.

``ARCHIPEL_DATA`` and ``PORT`` say where, as for ``./run``.
"""

from __future__ import annotations

import sys
from importlib import import_module

from archipel.config.preparation import prepare


def main() -> None:
    what, count = sys.argv[1:]
    data = prepare()
    import_module(f"bench.{what}_rows").seed(data, int(count))


if __name__ == "__main__":
    main()
