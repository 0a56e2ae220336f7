# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges a zip that anybody may have made, before anything of it is unpacked. No Django here: connectors use it.

Counts, kinds and overlaps are read in the directory at the end of the archive; what its end announces is not believed.
Format: PKWARE APPNOTE 6.3.10, sections 4.3 (structure), 4.4.4 (flags), 4.4.15 (external attributes).
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from archipel.kernel.outside import RefusedOutside

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


def open_zip(source: IO[bytes], *, most: int) -> zipfile.ZipFile:
    """Open an archive of at most ``most`` entries that share no bytes (``RefusedOutside``: not_a_zip, too_many, too_large)."""
    with readable():
        _check_count(source, most)
        found = zipfile.ZipFile(source)
        _check_overlaps(source, found.infolist(), found.start_dir)
    return found


def _check_count(source: IO[bytes], most: int) -> None:
    """Count the entries in the directory itself: what its end announces may lie, and a parser would believe it."""
    announced, size, at = _end_of_directory(source)
    if announced > most or size > _MAX_DIRECTORY:
        raise RefusedOutside("too_many", f"the archive has {announced} entries, {most} are allowed")
    source.seek(at)
    directory = source.read(size)
    count = position = 0
    while position + _ENTRY.size <= len(directory):
        head = _ENTRY.unpack_from(directory, position)
        if head[0] != b"PK\x01\x02":
            break
        count += 1
        position += _ENTRY.size + head[10] + head[11] + head[12]
        if count > most:
            raise RefusedOutside("too_many", f"the archive has more than {most} entries")
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


def check_kind(info: zipfile.ZipInfo, about: str) -> None:
    """Refuse a link, a device, what is encrypted, and what is packed in a way that others do not read.

    ``about`` names the entry in a form that may be shown.
    """
    kind = stat.S_IFMT(info.external_attr >> 16)
    folder = info.orig_filename.endswith("/")
    if kind not in {0, stat.S_IFDIR if folder else stat.S_IFREG}:
        raise RefusedOutside("link", f"{about} is a link or a device, not a file", about=about)
    if info.flag_bits & _ENCRYPTED:
        raise RefusedOutside("not_a_zip", f"{about} is encrypted", about=about)
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise RefusedOutside("not_a_zip", f"{about} is packed in a way browsers and hosts do not share", about=about)


@contextmanager
def readable(about: str = "") -> Iterator[None]:
    """Turn what the library says of a damaged archive into one refusal."""
    try:
        yield
    except _UNREADABLE as error:
        reason = f"the archive cannot be read: {ascii(str(error))[:200]}"
        raise RefusedOutside("not_a_zip", reason, about=about) from error
