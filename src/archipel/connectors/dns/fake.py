# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping, Sequence

from archipel.kernel.outside import TryLater


class FakeLookup:
    """Names in memory: ``{("example.org", "TXT"): ["v=spf1 -all"]}``; ``silent`` answers nothing in time.

    ``*.example.org`` stands for the names one label below that have no row of their own.
    """

    def __init__(self, names: Mapping[tuple[str, str], Sequence[str]] | None = None, silent: bool = False) -> None:
        self.names = dict(names or {})
        self.silent = silent

    def records(self, name: str, kind: str) -> list[str]:
        if self.silent:
            raise TryLater(f"no name server answered about {name} ({kind})")
        asked = name.lower().rstrip(".")
        wide = f"*.{asked.partition('.')[2]}"
        return list(self.names.get((asked, kind), self.names.get((wide, kind), ())))
