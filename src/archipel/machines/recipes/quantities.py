# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sizes, durations and shares of a processor, written as Compose writes them (and nothing looser).

Sizes as Docker's go-units reads them (``RAMInBytes``: K is 1024); durations as Go's ``time.ParseDuration`` does.
"""

from __future__ import annotations

import re
from decimal import Decimal

SIZE = re.compile(r"(?P<number>\d{1,15}(?:\.\d{1,6})?) ?(?P<unit>[kmgtp]?)i?b?", re.IGNORECASE | re.ASCII)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
PART = re.compile(r"(\d{1,12}(?:\.\d{1,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
SECONDS = {
    "ns": Decimal("1e-9"), "us": Decimal("1e-6"), "µs": Decimal("1e-6"), "μs": Decimal("1e-6"), "ms": Decimal("0.001"),
    "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600),
}  # fmt: skip
CPUS = re.compile(r"\d{1,4}(?:\.\d{1,9})?|\.\d{1,9}", re.ASCII)
MODE = re.compile(r"0o?[0-7]{1,4}", re.ASCII)


def size_in_bytes(text: str) -> int:
    """Return the bytes of ``256M``, ``1.5g``, ``64kb`` or ``1024``; ValueError for anything else, and for zero."""
    found = SIZE.fullmatch(text)
    size = int(Decimal(found["number"]) * 1024 ** POWERS[found["unit"].lower()]) if found else 0
    if not size:
        raise ValueError(text)
    return size


def seconds_of(text: str) -> float:
    """Return the seconds of ``90s``, ``1m30s``, ``1.5h`` or ``300ms``; ValueError for anything else."""
    if text == "0":
        return 0.0
    total, end = Decimal(0), 0
    for part in PART.finditer(text):
        if part.start() != end:
            raise ValueError(text)
        total += Decimal(part[1]) * SECONDS[part[2]]
        end = part.end()
    if not text or end != len(text):
        raise ValueError(text)
    return float(total)


def share_of_cpus(text: str) -> float:
    """Return how many processors ``0.5`` or ``2`` stands for; ValueError for anything else, and for zero."""
    share = float(text) if CPUS.fullmatch(text) else 0.0
    if not share:
        raise ValueError(text)
    return share


def mode_of(text: str) -> int:
    """Return the permissions ``0440`` stands for, in octal with its zero; ValueError for anything else."""
    if not MODE.fullmatch(text):
        raise ValueError(text)
    return int(text.removeprefix("0o"), 8)
