# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Iterable

from archipel.history import operations as history
from archipel.identity import breached

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


class ListRefused(Exception):
    """Nothing was loaded; the message says why, for who runs the machine."""


def load_breached(*, name: str, lines: Iterable[bytes]) -> tuple[int, int]:
    """Keep a list of breached passphrases (words or SHA-1, one a line, streamed); return how many, and bytes on disk.

    It counts from the next passphrase that is chosen. A list of the same name is replaced once the new one is whole.
    """
    if not NAME.fullmatch(name):
        raise ListRefused("The name of a list is made of letters, digits, dots, hyphens and underscores")
    count, size = breached.write(name, breached.hashes_of(lines))
    history.record(what="identity.breached_loaded", about=("list", "", name), visible="host", count=count)
    return count, size
