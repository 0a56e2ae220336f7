# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which paths a website may hold: those that mean one file everywhere, on any system it may be taken to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from archipel.kernel.outside import RefusedOutside

MAX_SEGMENT = 255
MAX_PATH = 1000
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    "conin$",
    "conout$",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
}
_DRIVE = re.compile(r"[A-Za-z]:")
_IGNORED_FOLDERS = {"__MACOSX", ".git"}
_IGNORED_FILES = {".ds_store", "thumbs.db", "desktop.ini", "icon\r"}
# Signs that turn the reading direction make a name look like another one; line separators break lists.
_ABSURD = {"\u2028", "\u2029", *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def check_path(path: str) -> str:
    """Return the path in its one form (NFC, no leading ``./``); ``RefusedOutside("bad_path")`` if it is not safe."""
    if "\\" in path:
        raise _bad(path, "has a backslash")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} or sign in _ABSURD for sign in path):
        raise _bad(path, "has a sign that cannot be shown")
    path = unicodedata.normalize("NFC", path).removeprefix("./")
    if path.startswith("/") or _DRIVE.match(path):
        raise _bad(path, "is absolute")
    if len(path.encode()) > MAX_PATH:
        raise _bad(path, f"is longer than {MAX_PATH} bytes")
    for segment in path.split("/"):
        _check_segment(path, segment)
    return path


def _check_segment(path: str, segment: str) -> None:
    if segment in {"", ".", ".."}:
        raise _bad(path, "leads elsewhere")
    if len(segment.encode()) > MAX_SEGMENT:
        raise _bad(path, f"has a name longer than {MAX_SEGMENT} bytes")
    if segment.endswith((".", " ")):
        raise _bad(path, "has a name that ends with a dot or a space")
    if segment.split(".")[0].rstrip().lower() in _DEVICES:
        raise _bad(path, "has a name that some systems reserve")


def is_ignored(path: str) -> bool:
    """Say whether the file was left by a system or a tool and is nobody's page."""
    *folders, name = path.removeprefix("./").split("/")
    return name.lower() in _IGNORED_FILES or any(folder in _IGNORED_FOLDERS for folder in folders)


def fold(path: str) -> str:
    """Return what is equal for two paths that some system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def check_distinct(paths: Iterable[str]) -> None:
    """``RefusedOutside("duplicate")`` when two paths would be one file, or one file would be the folder of another."""
    seen: dict[str, str] = {}
    for path in paths:
        folded = fold(path)
        if folded in seen:
            raise RefusedOutside(
                "duplicate", f"two files for one path: {shown(seen[folded])} and {shown(path)}", about=shown(path)
            )
        seen[folded] = path
    for folded, path in seen.items():
        parent = folded.rpartition("/")[0]
        while parent:
            if parent in seen:
                raise RefusedOutside(
                    "duplicate",
                    f"{shown(seen[parent])} is a file and the folder of {shown(path)}",
                    about=shown(seen[parent]),
                )
            parent = parent.rpartition("/")[0]


def shown(path: str) -> str:
    """Return a path that can be printed: short, and without signs that would play with the reader."""
    safe = ascii(path)[1:-1] if any(sign in _ABSURD or not sign.isprintable() for sign in path) else path
    return safe if len(safe) <= 120 else f"{safe[:80]}…{safe[-30:]}"


def _bad(path: str, why: str) -> RefusedOutside:
    return RefusedOutside("bad_path", f"{shown(path)} {why}", about=shown(path))
