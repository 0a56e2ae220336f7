# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passphrases known from breaches, in a file made for looking one up: 5 bytes each, two reads a question.

A file holds 65,537 places (8 bytes each, big-endian) and then, sorted, what follows the first two bytes of each SHA-1,
cut after five bytes. Place n says how many come before those that begin with n. Of 7 bytes of 20, a passphrase that is
in no list is taken for one of a milliard in 1 of 70 million cases.
"""

from __future__ import annotations

import bisect
import hashlib
import re
import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

FOLDER = "breached"
ENDING = ".hashes"
HEADS = 1 << 16
TAIL = 5
PLACES = (HEADS + 1) * 8
# How many parts are sorted apart: a milliard of hashes in 256 parts needs some 150 MB at a time.
PARTS = 256
_SHA1 = re.compile(rb"^([0-9A-Fa-f]{40})(?::\d+)?$")


def folder() -> Path:
    """Return where the lists are: made again from their source, they are in no back-up."""
    return Path(settings.ARCHIPEL_DATA) / FOLDER


def is_breached(passphrase: str) -> bool:
    """Return whether a passphrase is in one of the lists of this host."""
    found = hashlib.sha1(passphrase.encode()).digest()  # noqa: S324 - what breach lists are published in
    return any(_holds(path, found) for path in folder().glob(f"*{ENDING}"))


def hashes_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield 7 bytes of the SHA-1 of each line: of what it says, or as it is when it is a hash ("SHA1:count")."""
    for line in lines:
        word = line.rstrip(b"\r\n")
        if not word:
            continue
        known = _SHA1.match(word)
        yield bytes.fromhex(known[1].decode())[:7] if known else hashlib.sha1(word).digest()[:7]  # noqa: S324 - as above


def write(name: str, hashes: Iterable[bytes]) -> tuple[int, int]:
    """Write a list, in the place of one of the same name once it is whole; return how many it holds, and its bytes."""
    place = folder()
    place.mkdir(exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        _spread(hashes, Path(scratch))
        whole = Path(scratch) / "whole"
        with whole.open("wb") as file:
            count = _merge(Path(scratch), file)
        size = whole.stat().st_size
        whole.replace(place / f"{name}{ENDING}")
    return count, size


def _spread(hashes: Iterable[bytes], scratch: Path) -> None:
    parts = [(scratch / str(part)).open("wb") for part in range(PARTS)]
    try:
        for found in hashes:
            parts[found[0]].write(found)
    finally:
        for part in parts:
            part.close()


def _merge(scratch: Path, file: BinaryIO) -> int:
    places, count = array("Q", [0]), 0
    file.write(bytes(PLACES))
    for part in range(PARTS):
        content = (scratch / str(part)).read_bytes()
        rows = sorted({content[start : start + 7] for start in range(0, len(content), 7)})
        heads = [0] * 256
        for row in rows:
            heads[row[1]] += 1
        file.write(b"".join(row[2:] for row in rows))
        for head in heads:
            count += head
            places.append(count)
    file.seek(0)
    file.write(struct.pack(f">{HEADS + 1}Q", *places))
    return count


def _holds(path: Path, found: bytes) -> bool:
    head, tail = int.from_bytes(found[:2], "big"), found[2:7]
    with path.open("rb") as file:
        file.seek(head * 8)
        first, after = struct.unpack(">QQ", file.read(16))
        file.seek(PLACES + first * TAIL)
        content = file.read((after - first) * TAIL)
    rows = range(after - first)
    at = bisect.bisect_left(rows, tail, key=lambda row: content[row * TAIL : (row + 1) * TAIL])
    return content[at * TAIL : (at + 1) * TAIL] == tail
