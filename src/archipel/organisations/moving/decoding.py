# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bytes to text: which encoding a file of former software is written in, and by what its columns are separated."""

from __future__ import annotations

import codecs
import csv

from archipel.organisations.moving.records import Problem, Unreadable

ENCODINGS = ("utf-8", "windows-1252", "latin-1", "utf-16")
SEPARATORS = (";", ",", "\t")
_MARKS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]


def decode(content: bytes, file: str, asked: str = "") -> tuple[str, str]:
    """Return the text and the encoding it was read in (``Unreadable``).

    A byte order mark decides; then UTF-8, which a text in another encoding almost never is by chance; then Windows-1252
    where one of the signs is used that Latin-1 does not have.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "") or asked or _likely(content)
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except (UnicodeDecodeError, LookupError) as error:
        place = error.start if isinstance(error, UnicodeDecodeError) else 0
        values = {"encoding": encoding}
        raise Unreadable(
            Problem(file, content.count(b"\n", 0, place) + 1, "not_this_encoding", values=values)
        ) from error
    if "\0" in text:
        raise Unreadable(Problem(file, text.count("\n", 0, text.index("\0")) + 1, "not_a_text"))
    return text, encoding


def _likely(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252" if any(0x80 <= byte <= 0x9F for byte in set(content)) else "latin-1"
    return "utf-8"


def separator_of(heading: str) -> str:
    """Return what separates the columns of a heading line: the sign that makes most of them."""
    return max(SEPARATORS, key=lambda sign: len(next(csv.reader([heading], delimiter=sign), [])))
