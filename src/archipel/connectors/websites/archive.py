# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a zip that anybody may have made, and believes nothing it says.

Counts, names, kinds, sizes and overlaps are judged from the directory at the end of the archive (``kernel.zips``),
before anything is unpacked; then each file is unpacked once to nowhere, so that an archive is known to be whole before a byte is kept.
Format: PKWARE APPNOTE 6.3.10, sections 4.3 (structure), 4.4.4 (flags), 4.4.15 (external attributes).
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from typing import IO

from archipel.connectors.websites.paths import check_distinct, check_path, is_ignored, shown
from archipel.connectors.websites.store import read_chunks
from archipel.kernel.outside import RefusedOutside
from archipel.kernel.zips import check_kind, open_zip, readable

MAX_FILES = 10_000
MAX_FILE = 512 * 1024 * 1024
MAX_TOTAL = 20 * 1024 * 1024 * 1024
# Real sites stay below 20; deflate cannot exceed 1,032. Small files may be as repetitive as they like.
MAX_RATIO = 100
RATIO_FREE = 100 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One file of an archive: where it will be on the site, its size in bytes once unpacked."""

    path: str
    size: int
    info: zipfile.ZipInfo


class Archive:
    """An archive whose directory was judged; ``entries`` are the files worth keeping."""

    def __init__(self, source: IO[bytes]) -> None:
        self._zip = open_zip(source, most=MAX_FILES)
        self.entries = _strip_top(_worth_keeping(self._zip.infolist()))
        _check_sizes(self.entries)
        check_distinct(entry.path for entry in self.entries)

    @property
    def size(self) -> int:
        """Say how many bytes the files take once unpacked."""
        return sum(entry.size for entry in self.entries)

    def open(self, entry: Entry) -> IO[bytes]:
        """Open one file of an archive that was verified."""
        return self._zip.open(entry.info)

    def verify(self) -> dict[str, str]:
        """Unpack everything to nowhere and return the SHA-256 of each path; a damaged file refuses all."""
        return {entry.path: self._verify(entry) for entry in self.entries}

    def _verify(self, entry: Entry) -> str:
        digest, size = hashlib.sha256(), 0
        with readable(shown(entry.path)), self.open(entry) as content:
            for piece in read_chunks(content):
                digest.update(piece)
                size += len(piece)
        if size != entry.size:
            raise RefusedOutside(
                "not_a_zip", f"{shown(entry.path)} is not as long as the archive says", about=shown(entry.path)
            )
        return digest.hexdigest()


def _worth_keeping(infos: list[zipfile.ZipInfo]) -> list[Entry]:
    entries = []
    for info in infos:
        # The name as it is written: the library cuts names at a zero byte.
        name = info.orig_filename
        if is_ignored(name.rstrip("/") + "/x" if name.endswith("/") else name):
            continue
        path = check_path(name.removesuffix("/"))
        check_kind(info, shown(path))
        if not name.endswith("/"):
            entries.append(Entry(path, info.file_size, info))
    return entries


def _check_sizes(entries: list[Entry]) -> None:
    total = packed = 0
    for entry in entries:
        if entry.size > MAX_FILE:
            raise RefusedOutside(
                "too_large", f"{shown(entry.path)} is larger than {MAX_FILE} bytes", about=shown(entry.path)
            )
        if entry.size > RATIO_FREE and entry.size > MAX_RATIO * max(1, entry.info.compress_size):
            raise RefusedOutside(
                "too_large", f"{shown(entry.path)} grows more than {MAX_RATIO} times", about=shown(entry.path)
            )
        total += entry.size
        packed += entry.info.compress_size
    if total > MAX_TOTAL or (total > RATIO_FREE and total > MAX_RATIO * max(1, packed)):
        raise RefusedOutside("too_large", f"the archive would unpack to {total} bytes")


def _strip_top(entries: list[Entry]) -> list[Entry]:
    """Leave out the one folder that holds everything: people pack the folder, visitors expect what is in it."""
    tops = {entry.path.partition("/")[0] for entry in entries}
    if len(tops) != 1 or not all("/" in entry.path for entry in entries):
        return entries
    return [Entry(entry.path.partition("/")[2], entry.size, entry.info) for entry in entries]
