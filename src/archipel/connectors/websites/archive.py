# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a zip that anybody may have made, and believes nothing it says.

Counts, names, kinds, sizes and overlaps are judged from the directory at the end of the archive, before anything is
unpacked; then each file is unpacked once to nowhere, so that an archive is known to be whole before a byte is kept.
Format: PKWARE APPNOTE 6.3.10, sections 4.3 (structure), 4.4.4 (flags), 4.4.15 (external attributes).
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from archipel.connectors.websites.paths import check_distinct, check_path, is_ignored, shown
from archipel.connectors.websites.store import read_chunks
from archipel.kernel.outside import RefusedOutside

MAX_FILES = 10_000
MAX_FILE = 512 * 1024 * 1024
MAX_TOTAL = 20 * 1024 * 1024 * 1024
# Real sites stay below 20; deflate cannot exceed 1,032. Small files may be as repetitive as they like.
MAX_RATIO = 100
RATIO_FREE = 100 * 1024 * 1024
_MAX_DIRECTORY = 32 * 1024 * 1024

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    ValueError,
    OverflowError,
    IndexError,
)


@dataclass(frozen=True)
class Entry:
    """One file of an archive: where it will be on the site, its size in bytes once unpacked."""

    path: str
    size: int
    info: zipfile.ZipInfo


class Archive:
    """An archive whose directory was judged; ``entries`` are the files worth keeping."""

    def __init__(self, source: IO[bytes]) -> None:
        with _readable():
            _check_count(source)
            self._zip = zipfile.ZipFile(source)
            infos = self._zip.infolist()
            _check_overlaps(source, infos, self._zip.start_dir)
        self.entries = _strip_top(_worth_keeping(infos))
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
        with _readable(entry.path), self.open(entry) as content:
            for piece in read_chunks(content):
                digest.update(piece)
                size += len(piece)
        if size != entry.size:
            raise RefusedOutside(
                "not_a_zip", f"{shown(entry.path)} is not as long as the archive says", about=shown(entry.path)
            )
        return digest.hexdigest()


def _check_count(source: IO[bytes]) -> None:
    """Count the entries in the directory itself: what its end announces may lie, and a parser would believe it."""
    announced, size, at = _end_of_directory(source)
    if announced > MAX_FILES or size > _MAX_DIRECTORY:
        raise RefusedOutside("too_many", f"the archive has {announced} entries, {MAX_FILES} are allowed")
    source.seek(at)
    directory = source.read(size)
    count = position = 0
    while position + _ENTRY.size <= len(directory):
        head = _ENTRY.unpack_from(directory, position)
        if head[0] != b"PK\x01\x02":
            break
        count += 1
        position += _ENTRY.size + head[10] + head[11] + head[12]
        if count > MAX_FILES:
            raise RefusedOutside("too_many", f"the archive has more than {MAX_FILES} entries")
    if count != announced or len(directory) != size:
        raise RefusedOutside("not_a_zip", "the directory of the archive is damaged")


def _end_of_directory(source: IO[bytes]) -> tuple[int, int, int]:
    """Return (entries, bytes of the directory, where it begins), from the last record of the archive."""
    source.seek(0, 2)
    length = source.tell()
    source.seek(max(0, length - _END.size - 65535))
    tail = source.read()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        raise RefusedOutside("not_a_zip", "this is not a zip archive")
    _, _, _, _, count, size, _, _ = _END.unpack_from(tail, found)
    end = length - len(tail) + found
    locator = tail[max(0, found - _END64_LOCATOR.size) : found]
    if len(locator) == _END64_LOCATOR.size and locator.startswith(b"PK\x06\x07"):
        end -= _END64_LOCATOR.size + _END64.size
        source.seek(max(0, end))
        record = source.read(_END64.size)
        if record.startswith(b"PK\x06\x06"):
            *_, count, size, _ = _END64.unpack(record)
    # Something may stand before the archive (self-extracting ones): the directory ends where its end begins.
    if end < size:
        raise RefusedOutside("not_a_zip", "the directory of the archive is damaged")
    return count, size, end - size


def _check_overlaps(source: IO[bytes], infos: list[zipfile.ZipInfo], end: int) -> None:
    """Refuse entries that share bytes: one kilobyte told a thousand times is a bomb that sizes alone do not show."""
    following = end
    for info in sorted(infos, key=lambda info: info.header_offset, reverse=True):
        if info.header_offset < 0:
            raise RefusedOutside("not_a_zip", "the directory of the archive is damaged")
        source.seek(info.header_offset)
        head = _LOCAL.unpack(source.read(_LOCAL.size))
        if info.header_offset + _LOCAL.size + head[9] + head[10] + info.compress_size > following:
            raise RefusedOutside("too_large", "files of the archive overlap: it would grow without end")
        following = info.header_offset


def _worth_keeping(infos: list[zipfile.ZipInfo]) -> list[Entry]:
    entries = []
    for info in infos:
        # The name as it is written: the library cuts names at a zero byte.
        name = info.orig_filename
        if is_ignored(name.rstrip("/") + "/x" if name.endswith("/") else name):
            continue
        path = check_path(name.removesuffix("/"))
        _check_kind(info, path)
        if not name.endswith("/"):
            entries.append(Entry(path, info.file_size, info))
    return entries


def _check_kind(info: zipfile.ZipInfo, path: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    folder = info.orig_filename.endswith("/")
    if kind not in {0, stat.S_IFDIR if folder else stat.S_IFREG}:
        raise RefusedOutside("link", f"{shown(path)} is a link or a device, not a file", about=shown(path))
    if info.flag_bits & _ENCRYPTED:
        raise RefusedOutside("not_a_zip", f"{shown(path)} is encrypted", about=shown(path))
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise RefusedOutside(
            "not_a_zip", f"{shown(path)} is packed in a way browsers and hosts do not share", about=shown(path)
        )


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


@contextmanager
def _readable(path: str = "") -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        reason = f"the archive cannot be read: {ascii(str(error))[:200]}"
        raise RefusedOutside("not_a_zip", reason, about=shown(path)) from error
