# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archives that people make by mistake, and those that somebody makes on purpose."""

from __future__ import annotations

import io
import random
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.connectors.websites import archive as archive_module
from archipel.connectors.websites.archive import MAX_FILES, Archive
from archipel.connectors.websites.fake import FakeWebsites
from archipel.kernel.outside import RefusedOutside
from archipel.spaces.ports import PUBLISH_CODES
from tests.connectors.websites.conftest import a_spec, steady, zipped


def refusal(source: io.BytesIO) -> str:
    with pytest.raises(RefusedOutside) as refused:
        Archive(source).verify()
    assert refused.value.code in PUBLISH_CODES
    return refused.value.code


def paths(source: io.BytesIO) -> list[str]:
    return sorted(Archive(source).verify())


def entry(name: str, content: bytes = b"x", **given: object) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo(name)
        for key, value in given.items():
            setattr(info, key, value)
        archive.writestr(info, content)
    return packed


def patched(source: io.BytesIO, old: bytes, new: bytes) -> io.BytesIO:
    content = source.getvalue()
    assert old in content
    return io.BytesIO(content.replace(old, new))


def central(name: bytes, offset: int, packed: int, size: int, crc: int, method: int = 8, flags: int = 0) -> bytes:
    """One entry of the directory, as anybody may write it."""
    head = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, flags, method, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset
    )
    return head + name


def local(name: bytes, packed: int, size: int, crc: int, method: int = 8, extra: int = 0) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, method, 0, 33, crc, packed, size, len(name), extra) + name


def end(count: int, size: int, offset: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


# Honest archives


def test_archive_gives_its_files():
    assert paths(zipped({"index.html": b"a", "css/a.css": b"b"})) == ["css/a.css", "index.html"]


def test_single_folder_around_everything_is_left_out():
    assert paths(zipped({"site/index.html": b"a", "site/css/a.css": b"b", "__MACOSX/site/._index.html": b""})) == [
        "css/a.css",
        "index.html",
    ]


def test_folders_beside_a_page_stay():
    assert paths(zipped({"index.html": b"a", "site/b.html": b"b"})) == ["index.html", "site/b.html"]
    assert paths(zipped({"a/index.html": b"a", "b/index.html": b"b"})) == ["a/index.html", "b/index.html"]


def test_folder_entries_and_leftovers_are_not_files():
    files = {
        "index.html": b"a",
        "empty/": b"",
        ".DS_Store": b"",
        "__MACOSX/": b"",
        "__MACOSX/x\r": b"",
        ".git/config": b"",
        "a/Thumbs.db": b"",
    }
    assert paths(zipped(files)) == ["index.html"]


def test_names_in_utf_8_and_in_the_old_code_page_are_read():
    assert paths(zipped({"été.html": b"a"})) == ["été.html"]
    old = patched(zipped({"xx.html": b"a"}), b"xx.html", b"\x82x.html")
    assert paths(old) == ["éx.html"]


def test_archive_behind_other_bytes_is_read():
    assert paths(io.BytesIO(b"#!/bin/sh\n" * 20 + zipped({"index.html": b"a"}).getvalue())) == ["index.html"]


def test_archive_with_a_comment_is_read():
    packed = zipped({"index.html": b"a"})
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = b"made by hand " * 100
    assert paths(packed) == ["index.html"]


def test_streamed_archive_of_the_large_format_is_read():
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("index.html", "w", force_zip64=True) as target,
    ):
        target.write(b"large format")
    assert paths(packed) == ["index.html"]


# Hostile archives


@pytest.mark.parametrize("name", ["../up.html", "a/../../up", "/etc/passwd", "C:/x.html", "C:x", "..\\up", "a\\b", "a//b", "a\x01b", "con.html", "x" * 300, "/".join("y" * 200 for _ in range(6)), "a\u202eb", "../", "up/../../"])  # fmt: skip
def test_hostile_name_is_refused(name):
    assert refusal(entry(name)) == "bad_path"


def test_name_cut_by_a_zero_byte_is_refused():
    assert refusal(patched(entry("ok.html!.exe"), b"!", b"\x00")) == "bad_path"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR])
def test_link_or_device_is_refused(kind):
    assert refusal(entry("page.html", b"/etc/passwd", external_attr=(kind | 0o777) << 16)) == "link"


def test_folder_that_is_a_link_is_refused():
    assert refusal(entry("folder/", b"", external_attr=(stat.S_IFLNK | 0o777) << 16)) == "link"


@pytest.mark.parametrize("names", [("a.html", "a.html"), ("A.html", "a.html"), ("\u00e9", "e\u0301"), ("a", "a/b")])
def test_two_entries_for_one_path_are_refused(names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            with pytest.warns(UserWarning) if archive.NameToInfo.get(name) else _nothing():
                archive.writestr(name, b"x")
    assert refusal(packed) == "duplicate"


def test_encrypted_entry_is_refused():
    name, data = b"secret.html", b"x" * 20
    whole = local(name, 20, 8, 0) + data
    directory = central(name, 0, 20, 8, 0, flags=1)
    assert refusal(io.BytesIO(whole + directory + end(1, len(directory), len(whole)))) == "not_a_zip"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method):
    assert refusal(zipped({"index.html": b"a" * 100}, method=method)) == "not_a_zip"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"<html>", b"PK\x05\x06", b"PK\x03\x04" * 100, b"\x00" * 70_000, b"PK\x05\x06" + b"\xff" * 18],
)
def test_what_is_no_archive_is_refused(content):
    assert refusal(io.BytesIO(content)) in {"not_a_zip", "too_many"}


def test_cut_archive_is_refused():
    content = zipped({"index.html": random.Random(1).randbytes(5000)}).getvalue()
    for length in (10, 1000, len(content) - 30, len(content) - 1):
        assert refusal(io.BytesIO(content[:length])) == "not_a_zip"


def test_damaged_content_is_refused_before_anything_is_staged():
    websites, spec = FakeWebsites(), a_spec()
    websites.open(spec)
    source = zipped({"a.html": b"fine", "b.html": b"hello world"}, method=zipfile.ZIP_STORED)
    broken = patched(source, b"hello world", b"hello wurld")

    with pytest.raises(RefusedOutside) as refused:
        websites.stage_zip(spec.space_id, "u1", broken)
    assert refused.value.code == "not_a_zip"
    assert list(websites.store.list(f"spaces/{spec.space_id}/blobs/")) == []


def test_empty_archive_has_nothing_to_publish():
    websites, spec = FakeWebsites(), a_spec()
    websites.open(spec)

    with pytest.raises(RefusedOutside) as refused:
        websites.stage_zip(spec.space_id, "u1", zipped({"folder/": b"", ".DS_Store": b""}))
    assert refused.value.code == "empty"


def test_hundred_thousand_entries_are_refused_at_once_and_cheaply():
    directory = b"".join(central(b"%06d" % number, 0, 0, 0, 0) for number in range(100_000))
    packed = io.BytesIO(directory + end(100_000 % 65536, len(directory), 0))
    tracemalloc.start()
    started = time.process_time()

    assert refusal(packed) == "too_many"

    assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    tracemalloc.stop()
    assert time.process_time() - started < 1


def test_real_archive_of_too_many_entries_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(f"{number}.html", b"")
    assert refusal(packed) == "too_many"


def test_count_that_lies_is_found_out():
    directory = b"".join(central(b"%06d" % number, 0, 0, 0, 0) for number in range(20_000))
    assert refusal(io.BytesIO(directory + end(5, len(directory), 0))) == "too_many"
    few = b"".join(central(b"%06d" % number, 0, 0, 0, 0) for number in range(7))
    assert refusal(io.BytesIO(few + end(5, len(few), 0))) == "not_a_zip"


def test_huge_directory_is_not_even_read():
    assert refusal(io.BytesIO(b"\x00" * 100 + end(3, 0xFFFFFF00, 0))) == "not_a_zip"


def test_entries_that_share_their_bytes_are_refused():
    """The bomb of David Fifield: many entries of the directory lead to one packed kernel."""
    kernel = zlib.compressobj(9, wbits=-15)
    content = b"\x00" * 100_000
    packed = kernel.compress(content) + kernel.flush()
    crc = zlib.crc32(content)
    whole = local(b"a", len(packed), len(content), crc) + packed
    directory = b"".join(central(b"%04d" % number, 0, len(packed), len(content), crc) for number in range(500))
    assert refusal(io.BytesIO(whole + directory + end(500, len(directory), len(whole)))) == "too_large"


def test_quoted_entries_are_refused():
    """The same bomb with each local header hidden in the one before (stored blocks quote the next header)."""
    inner = local(b"b", 5, 5, zlib.crc32(b"hello"), method=0) + b"hello"
    outer = local(b"a", len(inner), len(inner), zlib.crc32(inner), method=0)
    directory = central(b"a", 0, len(inner), len(inner), zlib.crc32(inner), method=0)
    directory += central(b"b", len(outer), 5, 5, zlib.crc32(b"hello"), method=0)
    whole = outer + inner
    assert refusal(io.BytesIO(whole + directory + end(2, len(directory), len(whole)))) == "too_large"


def test_entry_over_the_directory_is_refused():
    whole = local(b"a", 500, 500, 0, method=0) + b"x" * 10
    directory = central(b"a", 0, 500, 500, 0, method=0)
    assert refusal(io.BytesIO(whole + directory + end(1, len(directory), len(whole)))) == "too_large"


@pytest.mark.parametrize("declared", [10, 1_000_000])
def test_size_that_lies_is_found_out(declared):
    content = b"a" * 5000
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(content) + packer.flush()
    whole = local(b"a", len(packed), declared, zlib.crc32(content)) + packed
    directory = central(b"a", 0, len(packed), declared, zlib.crc32(content))
    assert refusal(io.BytesIO(whole + directory + end(1, len(directory), len(whole)))) == "not_a_zip"


def test_size_that_lies_small_is_unpacked_no_further():
    """A bomb that calls itself ten bytes long: reading stops at ten bytes, whatever lies behind."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(b"\x00" * 50_000_000) + packer.flush()
    whole = local(b"a", len(packed), 10, zlib.crc32(b"\x00" * 10)) + packed
    directory = central(b"a", 0, len(packed), 10, zlib.crc32(b"\x00" * 10))
    tracemalloc.start()

    Archive(io.BytesIO(whole + directory + end(1, len(directory), len(whole)))).verify()

    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_file_larger_than_allowed_is_refused():
    size = archive_module.MAX_FILE + 1
    whole = local(b"a", 100, size, 0) + b"x" * 100
    directory = central(b"a", 0, 100, size, 0)
    assert refusal(io.BytesIO(whole + directory + end(1, len(directory), len(whole)))) == "too_large"


def test_file_that_grows_beyond_reason_is_refused():
    size = archive_module.RATIO_FREE + 1
    whole = local(b"a", 1000, size, 0) + b"x" * 1000
    directory = central(b"a", 0, 1000, size, 0)
    assert refusal(io.BytesIO(whole + directory + end(1, len(directory), len(whole)))) == "too_large"


def test_many_files_that_grow_beyond_reason_are_refused():
    whole, directory = b"", b""
    for number in range(20):
        name = b"%02d" % number
        directory += central(name, len(whole), 100, 10_000_000, 0)
        whole += local(name, 100, 10_000_000, 0) + b"x" * 100
    assert refusal(io.BytesIO(whole + directory + end(20, len(directory), len(whole)))) == "too_large"


@settings(steady, max_examples=150)
@given(st.data())
def test_any_damage_is_refused_in_clear_or_does_no_harm(data):
    content = bytearray(zipped({"index.html": b"hello " * 30, "b/été.css": b"body{}"}).getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = Archive(io.BytesIO(bytes(content)))
        read.verify()
    except RefusedOutside as refused:
        assert refused.code in PUBLISH_CODES
    else:
        assert all(entry.size < 10_000 for entry in read.entries)


@settings(steady, max_examples=60)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=5, unique=True))
def test_any_names_are_safe_or_refused(names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            try:
                archive.writestr(name or "empty", b"x")
            except (UnicodeEncodeError, ValueError, IndexError):
                return
    try:
        kept = paths(packed)
    except RefusedOutside as refused:
        assert refused.code in PUBLISH_CODES
    else:
        assert not any({"..", ".", ""} & set(path.split("/")) for path in kept)


class _nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
