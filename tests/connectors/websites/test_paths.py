# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archipel.connectors.websites.paths import check_distinct, check_path, fold, is_ignored, shown
from archipel.kernel.outside import RefusedOutside
from tests.connectors.websites.conftest import steady

# Text that looks like paths more often than chance would make it.
pathlike = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "..",
                ".",
                "",
                "a",
                "con",
                "NUL.txt",
                "C:",
                "é",
                "e\u0301",
                "İ",
                "ß",
                "~",
                " ",
                "a.",
                "\x00",
                "\\",
                "\u202e",
            ]
        ),
        st.text(max_size=12),
    ),
    max_size=6,
).map("/".join)


@steady
@given(pathlike)
@example("../../etc/passwd")
@example("a/\u2025/b")
@example("\ud800")
def test_any_path_is_safe_or_refused(path):
    try:
        checked = check_path(path)
    except RefusedOutside as refused:
        assert refused.code == "bad_path"
        return
    assert check_path(checked) == checked
    assert unicodedata.is_normalized("NFC", checked)
    assert not PurePosixPath(checked).is_absolute()
    assert not PureWindowsPath(checked).is_absolute()
    assert PurePosixPath("/site", checked).parts[2:] == tuple(checked.split("/"))
    assert {"..", ".", ""}.isdisjoint(checked.split("/"))
    assert len(checked.encode()) <= 1000


@steady
@given(st.lists(pathlike, max_size=8))
def test_distinct_paths_never_share_a_file(paths):
    try:
        check_distinct(paths)
    except RefusedOutside as refused:
        assert refused.code == "duplicate"
        return
    folded = [fold(path) for path in paths]
    assert len(set(folded)) == len(folded)
    assert not any(one != other and one and other.startswith(f"{one}/") for one in folded for other in folded)


@pytest.mark.parametrize(
    "path",
    [
        "../a", "a/../b", "a/./b", "/a", "//a", "a//b", "a/", "", ".", "..", "C:/a", "c:a", "a\\b", "..\\a", "a\x00b", "a\nb", "a\x7f",
        "a\u202egpj.exe", "con", "CON", "aux.html", "css/NUL", "com1.txt", "LPT9", "con .txt", "a.", "a ", "b./a", "\ud800",
        "x" * 256, "é" * 128, "/".join(["x" * 200] * 6),
    ],
)  # fmt: skip
def test_hostile_path_is_refused(path):
    with pytest.raises(RefusedOutside) as refused:
        check_path(path)
    assert refused.value.code == "bad_path"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("index.html", "index.html"),
        ("./index.html", "index.html"),
        ("a b/ç'est (1)?&=.html", "a b/ç'est (1)?&=.html"),
        ("e\u0301t\u00e9.html", "\u00e9t\u00e9.html"),
        (".well-known/security.txt", ".well-known/security.txt"),
        ("..a/...b", "..a/...b"),
        ("console/auxiliary.js", "console/auxiliary.js"),
        ("x" * 255, "x" * 255),
        ("日本/語.html", "日本/語.html"),
    ],
)
def test_honest_path_is_kept(path, kept):
    assert check_path(path) == kept


@pytest.mark.parametrize(
    "paths",
    [
        ["a", "a"],
        ["A", "a"],
        ["\u00e9", "e\u0301"],
        ["stra\u00dfe", "STRASSE"],
        ["a", "a/b"],
        ["A", "a/b/c"],
        ["a/B/c", "A/b"],
    ],
)
def test_two_names_of_one_file_are_refused(paths):
    with pytest.raises(RefusedOutside) as refused:
        check_distinct(paths)
    assert refused.value.code == "duplicate"


def test_neighbours_are_distinct():
    check_distinct(["a", "ab", "a.html", "b/a", "b/c/a", "b.html"])


@pytest.mark.parametrize(
    "path", ["__MACOSX/._a", ".DS_Store", "a/.DS_Store", "Thumbs.db", ".git/config", "a/.git/HEAD", "Icon\r"]
)
def test_what_systems_leave_is_ignored(path):
    assert is_ignored(path)


@pytest.mark.parametrize("path", ["a.git/b", ".gitignore", "git/a", "DS_Store", "thumbs.db.html"])
def test_pages_are_not_ignored(path):
    assert not is_ignored(path)


def test_shown_path_is_short_and_printable():
    assert shown("x" * 500) == "x" * 80 + "…" + "x" * 30
    assert shown("a\u202eb\n") == "a\\u202eb\\n"
    assert shown("été.html") == "été.html"
