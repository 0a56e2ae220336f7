# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables that people take away, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator


class _Echo:
    def write(self, value: str) -> str:
        return value


def written(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as CSV (RFC 4180), in UTF-8 that spreadsheets recognise, with no cell they would run."""
    # A byte order mark: spreadsheets read UTF-8 only when told so.
    yield "\ufeff"
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell: str) -> str:
    # A name that begins like a formula must not become one in a spreadsheet.
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
