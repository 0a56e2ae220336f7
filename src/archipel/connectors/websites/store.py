# SPDX-License-Identifier: AGPL-3.0-or-later
"""What websites need of a store of objects, filled by a local folder, by S3 and by the memory of ``fake``.

Keys are ours alone (ids, hashes, host names): ``check_key`` refuses anything else, so that no name chosen by a
person ever reaches a disk or a bucket. Apart from ``Missing`` and ``Changed``, which never leave this connector,
a store fails only with ``TryLater`` or ``RefusedOutside``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol

_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,254}")
CHUNK = 256 * 1024


class Missing(Exception):
    """There is no object under this key."""


class Changed(Exception):
    """The object is no longer the one the caller has read."""


@dataclass(frozen=True)
class StoredObject:
    """One object of a list: key, size in bytes, seconds since 1970 by the store's own clock."""

    key: str
    size: int
    modified: float


class Store(Protocol):
    """Objects by key. A key is replaced at once or not at all; a reader never sees half an object."""

    workers: int
    """How many calls at a time are worth it: 1 where a call costs nothing, more over a network."""
    freshness: float
    """For how many seconds what was read may be believed without ``tag`` being asked again."""

    def get(self, key: str) -> tuple[bytes, str]:
        """Return a small object and its tag; ``Missing``."""

    def tag(self, key: str) -> str | None:
        """Return what changes whenever the object changes; None when there is none."""

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """Write an object (a file is read from its start); safe from a power cut only after ``settle``."""

    def swap(self, key: str, content: bytes, expected: str | None) -> None:
        """Replace a small object for good if its tag is still ``expected`` (None: there is none), else ``Changed``."""

    def touch(self, key: str) -> bool:
        """Make an object as young as if it had just been written; False when there is none."""

    def open(self, key: str, start: int = 0, length: int | None = None) -> IO[bytes]:
        """Open an object, or ``length`` bytes of it from ``start``; ``Missing``."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Walk the objects below a prefix that ends with ``/``, in the order of their keys."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are not there are fine."""

    def settle(self) -> None:
        """Return once everything that was put would survive a power cut."""


def check_key(key: str) -> str:
    """Return the key; ``ValueError`` when a segment holds anything but what our ids, hashes and host names hold."""
    if len(key) > 600 or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise ValueError(f"not a key of ours: {key!r}")
    return key


def read_chunks(source: IO[bytes], length: int | None = None) -> Iterator[bytes]:
    """Walk what is left of a file, or ``length`` bytes of it, in pieces of ``CHUNK`` bytes at most."""
    left = length
    while left is None or left > 0:
        piece = source.read(CHUNK if left is None else min(CHUNK, left))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece
