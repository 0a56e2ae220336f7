# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long a process had a processor, and how long it waited for one that others had (Linux ``schedstat``)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Share:
    """Seconds by thread since each began; both empty where the kernel does not tell."""

    ran: dict[str, float]
    waited: dict[str, float]

    @classmethod
    def of(cls, pid: int) -> Share:
        ran, waited = {}, {}
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError):
                words = (thread / "schedstat").read_text().split()
                ran[thread.name], waited[thread.name] = int(words[0]) / 1e9, int(words[1]) / 1e9
        return cls(ran, waited)


def own_seconds(took: float, before: Share, after: Share) -> float:
    """Return what an answer took, less what its process waited for a processor that somebody else had.

    A process that was busy half of the time has itself to thank for its waiting: nothing is taken off then.
    """
    ran = sum(seconds - before.ran.get(thread, 0.0) for thread, seconds in after.ran.items())
    waited = max((seconds - before.waited.get(thread, 0.0) for thread, seconds in after.waited.items()), default=0.0)
    return took - waited if ran < took / 2 else took
